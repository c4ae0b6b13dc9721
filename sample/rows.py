"""All rows of one user, and the truth about them: a pure function of the seed and the user's number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sample import span_markers
from sample.conversations import BAD_TIMESTAMPS, Conversation, conversation_count, user_conversations
from sample.dialogue import Dialogue
from sample.grammar import Random
from sample.identifiers import pick
from sample.injectors import partner_name
from sample.people import User, generator, make_user
from sample.signals import Signals, draw_signals
from sample.texts import language, speaking_of, third_person
from sample.timestamps import DAY, NEWEST_SECOND, OLD_DAYS, moment
from sample.writing import type_out

TABLES = ("users", "partners", "conversations", "messages", "check_ins", "activities", "quizzes", "analytics", "feedback")
Row = tuple[Any, ...]
_LONG_TURNS = 20


@dataclass(slots=True)
class UserRows:
    """Rows by table, and lines of truth, of one user."""

    tables: dict[str, list[Row]]
    truth: list[dict[str, Any]]


def all_users(conversations: int, seed: int) -> Iterator[UserRows]:
    """Users with their rows, one after another, until there are ``conversations`` conversations."""
    index = done = 0
    while done < conversations:
        rows = user_rows(seed, index, conversations - done)
        done += len(rows.tables["conversations"])
        index += 1
        yield rows


def user_rows(seed: int, index: int, most: int) -> UserRows:
    """The rows of the user with number ``index``; at most ``most`` conversations."""
    source = generator(seed, "user", index)
    rng = source.random
    user = make_user(rng, index)
    count = min(conversation_count(rng), most)
    conversations = list(user_conversations(user, seed, rng, count))
    if index == 0:
        conversations[-1].started = NEWEST_SECOND - 3 * 3600
    rows = UserRows({name: [] for name in TABLES}, [])
    joined = min(conversation.started for conversation in conversations) - int(rng() * 20 * DAY) - 600
    _add_people(rows, user, joined)
    for conversation in conversations:
        _add_conversation(rows, user, conversation, rng)
        _add_signals(rows, user, conversation, rng)
    _add_check_ins(rows, user, conversations, rng)
    _add_quizzes(rows, user, conversations[-1].started, rng)
    _add_clusters(rows, conversations)
    return rows


def _add_people(rows: UserRows, user: User, joined: int) -> None:
    rows.tables["users"].append(
        (
            user.user_id, user.name, user.nickname, user.email, user.phone, user.street_address, user.city, user.employer,
            user.school, user.birth_date, user.gender, user.age_band, user.culture, user.language, user.consent,
            moment(joined),
        )
    )  # fmt: skip
    if user.consent != "granted":
        rows.truth.append({"kind": "consent", "user_id": user.user_id, "consent": user.consent})
    partner = user.partner
    if partner is not None:
        rows.tables["partners"].append(
            (
                f"P{user.index:08}", user.user_id, partner.name, partner.nickname, partner.email, partner.phone,
                partner.employer, partner.relationship_type, partner.relationship_stage, partner.since,
            )
        )  # fmt: skip


def _add_conversation(rows: UserRows, user: User, conversation: Conversation, rng: Random) -> None:
    identifier = conversation.conversation_id
    started: str | None = moment(conversation.started)
    if conversation.broken is not None and conversation.broken[0] == "bad_timestamp":
        started = pick(rng, BAD_TIMESTAMPS)
    rows.tables["conversations"].append(
        (
            identifier,
            user.user_id,
            conversation.kind,
            conversation.scenario,
            conversation.language,
            started,
            conversation.completed,
        )
    )
    messages, second = rows.tables["messages"], conversation.started
    for position, content in enumerate(conversation.contents):
        stamp = started if conversation.broken is not None and conversation.broken[0] == "bad_timestamp" else moment(second)
        messages.append((f"{identifier}-{position:03}", identifier, position, conversation.roles[position], content, stamp))
        second += 20 + int(rng() * 100)
    rows.truth.append(_describe(user, conversation))
    rows.truth.extend(_planted(conversation))


def _describe(user: User, conversation: Conversation) -> dict[str, Any]:
    return {
        "kind": "conversation", "conversation_id": conversation.conversation_id, "user_id": user.user_id,
        "quality": conversation.quality, "style": conversation.style, "language": conversation.language,
        "scenario": conversation.scenario, "messages": len(conversation.contents), "turns": conversation.turns,
        "long": conversation.turns > _LONG_TURNS, "old": NEWEST_SECOND - conversation.started > OLD_DAYS * DAY,
        "ends_on_user": conversation.roles[-1] == "user",
    }  # fmt: skip


def _planted(conversation: Conversation) -> Iterator[dict[str, Any]]:
    identifier = conversation.conversation_id
    for position, spans in enumerate(conversation.spans):
        repaired = position in conversation.repaired
        for span in spans:
            yield {"conversation_id": identifier, "position": position, **describe_span(span, repaired=repaired)}
    for position, (right, tables) in conversation.repaired.items():
        yield {
            "kind": "encoding", "conversation_id": identifier, "position": position, "layers": len(tables),
            "tables": tables, "text": right,
        }  # fmt: skip
    if conversation.crisis is not None:
        yield {
            "kind": "crisis", "conversation_id": identifier, "type": conversation.crisis, "position": 0,
            "harmful_advice": conversation.quality == "harmful",
        }  # fmt: skip
    if conversation.broken is not None:
        problem, position = conversation.broken
        yield {"kind": "broken", "conversation_id": identifier, "position": position, "problem": problem}


def describe_span(span: span_markers.Span, *, repaired: bool = False) -> dict[str, Any]:
    """A line of truth for a planted value; ``on`` says whether offsets count on the stored or on the repaired text."""
    health = span.kind.type.startswith("HEALTH_")
    return {
        "kind": "health" if health else "pii", "type": span.kind.type, "whose": span.kind.whose, "known": span.kind.known,
        "start": span.start, "end": span.end, "text": span.text, "on": "repaired" if repaired else "stored",
    }  # fmt: skip


def _add_clusters(rows: UserRows, conversations: list[Conversation]) -> None:
    firsts: dict[str, str] = {}
    for conversation in conversations:
        for kind, facts in (("duplicate", conversation.cluster), ("near_miss", conversation.near_miss)):
            if facts is None:
                continue
            if kind == "duplicate" and facts["of"] is not None and facts["cluster_id"] not in firsts:
                firsts[facts["cluster_id"]] = facts["of"]
                first = {"cluster_id": facts["cluster_id"], "relation": "original", "similarity": 1.0, "of": None}
                rows.truth.append({"kind": kind, "conversation_id": facts["of"], **first})
            rows.truth.append({"kind": kind, "conversation_id": conversation.conversation_id, **facts})


def _add_signals(rows: UserRows, user: User, conversation: Conversation, rng: Random) -> None:
    signals: Signals = draw_signals(rng, conversation)
    identifier, key = conversation.conversation_id, conversation.conversation_id[1:]
    end = conversation.started + len(conversation.contents) * 70
    dialogue = _plain_dialogue(user, rng)
    if signals.satisfaction is not None:
        good = signals.satisfaction >= 7
        rows.tables["activities"].append(
            (
                f"A{key}", user.user_id, identifier, dialogue.say("activity"),
                "couple" if user.partner and rng() < 0.7 else "alone", signals.satisfaction,
                dialogue.say("activity_good" if good else "activity_poor") if rng() < 0.7 else None,
                signals.action_taken if signals.action_taken is not None else rng() < 0.6, moment(end + 2 * DAY * rng()),
            )
        )  # fmt: skip
    if signals.engagement is not None:
        stamp = moment(NEWEST_SECOND if conversation.started > NEWEST_SECOND - DAY / 4 else end + 30)
        rows.tables["analytics"].append(
            (
                f"N{key}", user.user_id, identifier, signals.engagement, signals.sentiment, signals.follow_up_quality,
                signals.relationship_health, signals.session_seconds, stamp,
            )
        )  # fmt: skip
    if signals.rating is not None:
        comment = dialogue.say("comment_good" if signals.rating >= 4 else "comment_poor") if rng() < 0.4 else None
        rows.tables["feedback"].append(
            (
                f"F{key}", user.user_id, identifier, signals.rating, signals.helpful, signals.action_taken,
                signals.outcome, comment, moment(end + 4 * DAY * rng()),
            )
        )  # fmt: skip


def _add_check_ins(rows: UserRows, user: User, conversations: list[Conversation], rng: Random) -> None:
    for number, conversation in enumerate(conversations):
        if rng() >= 0.45:
            continue
        gender = user.partner.gender if user.partner else "male"
        relationship = user.partner.relationship_type if user.partner else "dating"
        name = partner_name(rng, user, gender) if rng() < 0.4 else None
        code = language(user.language)
        context = speaking_of(user.language, relationship, gender, name, third_person(rng, user.language), None)
        dialogue = Dialogue(rng, code, "", context)
        emoji = code.emoji("glad")
        prompt = span_markers.take_out(dialogue.say("check_in_prompt"))
        reflection = span_markers.take_out(
            type_out(f"{dialogue.say('check_in_reflection')} {dialogue.say('aside')}", user.style, rng, emoji)
        )
        reply = None
        if rng() < 0.6:
            reply = span_markers.take_out(f"{dialogue.say('validate')} {dialogue.say('hear_more')} {dialogue.say('ask')}")
        identifier = f"K{user.index:08}-{number + 1:02}"
        rows.tables["check_ins"].append(
            (
                identifier, user.user_id, conversation.conversation_id if rng() < 0.5 else None, prompt[0], reflection[0],
                reply[0] if reply else None, 1 + int(rng() * 10), moment(conversation.started + 3 * DAY * (1 + rng())),
            )
        )  # fmt: skip
        for name_of_field, text in (("prompt", prompt), ("reflection", reflection), ("reply", reply)):
            for span in text[1] if text else ():
                rows.truth.append({"check_in_id": identifier, "field": name_of_field, **describe_span(span)})


def _add_quizzes(rows: UserRows, user: User, second: int, rng: Random) -> None:
    for number in range(int(rng() * 2.6)):
        dialogue = _plain_dialogue(user, rng)
        rows.tables["quizzes"].append(
            (
                f"Q{user.index:08}-{number + 1}", user.user_id, dialogue.say("quiz"), round(30 + rng() * 70, 1),
                dialogue.say("quiz_insight"), moment(second + DAY * rng() * 30),
            )
        )  # fmt: skip


def _plain_dialogue(user: User, rng: Random) -> Dialogue:
    gender = user.partner.gender if user.partner else "male"
    relationship = user.partner.relationship_type if user.partner else "dating"
    context = speaking_of("en", relationship, gender, None, third_person(rng, "en"), None)
    return Dialogue(rng, language("en"), "", context)
