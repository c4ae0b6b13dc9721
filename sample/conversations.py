"""The conversations of one user, with everything that is planted in them and the truth about it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sample import injectors, span_markers
from sample.dialogue import LONG_SHARE, Dialogue, Draft, draw_quality, style_users, write_dialogue
from sample.grammar import Random
from sample.identifiers import pick
from sample.people import User, generator
from sample.span_markers import mark
from sample.texts import Language, language, speaking_of, third_person
from sample.timestamps import DAY, NEWEST_SECOND, OLD_DAYS
from sample.writing import misdecode, typographic

BLOCK_USERS = 32
_MOST_CONVERSATIONS = 9
_CRISES = ("crisis_self_harm", "crisis_abuse")
_BROKEN = ("null_content", "unknown_role", "bad_timestamp")
BAD_TIMESTAMPS = ("yesterday evening", "2025-13-41T25:61:00+00:00", "31.02.2026", "")
_SYSTEM_SHARE, _CHECK_IN_SHARE, _HEALTH_SHARE, _CRISIS_SHARE = 0.06, 0.08, 0.022, 0.012
_BROKEN_EVERY = 150  # users
_ONCE_SHARE, _TWICE_SHARE = 0.013, 0.007


@dataclass(slots=True)
class Conversation:
    """A finished conversation: what is stored, and what is true of it."""

    conversation_id: str
    scenario: str
    language: str
    kind: str
    quality: str
    started: int
    completed: bool
    style: str
    roles: list[str]
    contents: list[str | None]
    spans: list[list[span_markers.Span]]
    layers: int = 0
    repaired: dict[int, tuple[str, list[str]]] = field(default_factory=dict)  # position -> right text, tables it went through
    crisis: str | None = None
    health: bool = False
    broken: tuple[str, int] | None = None
    cluster: dict[str, Any] | None = None
    near_miss: dict[str, Any] | None = None
    marked: list[str] = field(default_factory=list)

    @property
    def turns(self) -> int:
        """Messages of the user and the assistant."""
        return self.roles.count("user") + self.roles.count("assistant")

    @property
    def plain(self) -> bool:
        """Whether a copy of it may be planted: nothing is broken, and it is no copy itself."""
        return not (self.layers or self.broken or self.cluster or self.near_miss)


def conversation_count(rng: Random) -> int:
    """How many conversations a user has: one or two for most."""
    count = 1
    while count < _MOST_CONVERSATIONS and rng() < 0.58:
        count += 1
    return count


def user_conversations(user: User, seed: int, rng: Random, count: int) -> Iterator[Conversation]:
    """The conversations of ``user``, oldest first."""
    base = 740 + rng() * 330 if rng() < 0.09 and user.index else 1 + rng() ** 1.3 * 715
    shared = _shared_slots(seed, user.index // BLOCK_USERS).get(user.index % BLOCK_USERS)
    previous: Conversation | None = None
    for ordinal in range(count):
        span = 300 if base > OLD_DAYS else base
        age = base - span * ordinal / count - rng() * span / count * 0.8
        started = NEWEST_SECOND - int(age * DAY)
        identifier = f"C{user.index:08}-{ordinal + 1:02}"
        if ordinal == 0 and shared is not None:
            conversation = _shared_copy(seed, shared, rng)
        elif previous is not None and previous.plain and previous.crisis is None and rng() < 0.04:
            conversation = _own_copy(previous, user, rng)
        else:
            conversation = write_conversation(user, rng)
        conversation.conversation_id, conversation.started = identifier, started
        broken = _BROKEN[user.index // _BROKEN_EVERY % 3] if ordinal == 0 and user.index % _BROKEN_EVERY == 37 else None
        _finish(conversation, rng, broken)
        yield conversation
        previous = conversation


def write_conversation(user: User, rng: Random) -> Conversation:
    """A new conversation of ``user``: of any quality, now and then with somebody in danger."""
    draw = rng()
    if user.language == "en" and draw < _CRISIS_SHARE:
        return write_crisis(user, rng)
    code = language(user.language)
    scenario = code.scenario(rng)
    dialogue, partner, third = _dialogue(user, rng, code, scenario)
    quality = draw_quality(rng)
    check_in = rng() < _CHECK_IN_SHARE and "check_in_prompt" in code.grammar.sections
    long = rng() < LONG_SHARE and not check_in
    draft = write_dialogue(
        dialogue, "good" if long and quality not in ("good", "fair", "mixed") else quality, long=long, check_in=check_in
    )
    injectors.plant_names(dialogue, draft, user, third, partner)
    injectors.plant_identifiers(dialogue, draft, user)
    health = user.language == "en" and rng() < _HEALTH_SHARE
    if health:
        injectors.plant_health(dialogue, draft)
    style_users(draft, user.style, dialogue)
    if user.language == "en" and rng() < _SYSTEM_SHARE:
        draft.roles.insert(0, "system")
        draft.texts.insert(0, dialogue.say("system"))
    conversation = _from_draft(draft, user.style)
    conversation.health = health
    draw = rng()
    if draw < _ONCE_SHARE + _TWICE_SHARE:
        conversation.layers = 1 if draw < _ONCE_SHARE else 2
    return conversation


def _dialogue(user: User, rng: Random, code: Language, scenario: str) -> tuple[Dialogue, str | None, str | None]:
    """A dialogue with its people, the marked partner's name and the marked third person's name, where they are named."""
    gender = user.partner.gender if user.partner else "male" if rng() < 0.5 else "female"
    relationship = user.partner.relationship_type if user.partner else "dating"
    third = third_person(rng, code.code)
    partner = injectors.partner_name(rng, user, gender) if rng() < 0.42 else None
    third_name = injectors.third_name(rng, third.gender) if rng() < 0.27 else None
    context = speaking_of(code.code, relationship, gender, partner, third, third_name)
    dialogue = Dialogue(rng, code, scenario, context)
    if rng() < 0.22:
        dialogue.context["N"] = mark(user.nickname if user.nickname and rng() < 0.4 else user.given, injectors.USER_NAME)
    return dialogue, partner, third_name


def write_crisis(user: User, rng: Random) -> Conversation:
    """Somebody in danger; the coach puts safety first, but for a few who answer as no coach may."""
    scenario = pick(rng, _CRISES)
    dialogue, partner, third = _dialogue(user, rng, language("en"), scenario)
    harmful = rng() < 0.1
    draft = Draft(scenario, "en", "coaching", "harmful" if harmful else "good")
    for user_part, coach_part in (("open", "coach"), ("detail", "coach2"), ("detail", "coach2"))[: 1 + int(rng() * 3)]:
        draft.add("user", dialogue.say(user_part) + (f" {dialogue.say('aside')}" if rng() < 0.5 else ""))
        draft.add("assistant", dialogue.say("harmful" if harmful else coach_part))
    injectors.plant_names(dialogue, draft, user, third, partner)
    style_users(draft, user.style, dialogue)
    conversation = _from_draft(draft, user.style)
    conversation.crisis = scenario.removeprefix("crisis_")
    return conversation


def _from_draft(draft: Draft, style: str) -> Conversation:
    return Conversation(
        conversation_id="", scenario=draft.scenario, language=draft.language, kind=draft.kind, quality=draft.quality, started=0,
        completed=False, style=style, roles=draft.roles, contents=[], spans=[], marked=draft.texts,
    )  # fmt: skip


def _finish(conversation: Conversation, rng: Random, broken: str | None) -> None:
    """Take the marks out, decode wrongly what is to be, break what is to be ``broken``."""
    conversation.completed = (conversation.quality in ("good", "fair") and rng() < 0.93) or rng() < 0.6
    if conversation.layers:
        conversation.marked = [typographic(text) for text in conversation.marked]
    for position, text in enumerate(conversation.marked):
        content, spans = span_markers.take_out(text)
        conversation.spans.append(spans)
        if conversation.layers and not content.isascii():
            right, tables = content, []
            for _ in range(conversation.layers):
                content, table = misdecode(content)
                tables.append(table)
            conversation.repaired[position] = (right, tables)
        conversation.contents.append(content)
    if not conversation.repaired:
        conversation.layers = 0
    if broken is not None and conversation.cluster is None and not conversation.repaired:
        position = int(rng() * len(conversation.contents))
        conversation.broken = (broken, position)
        if broken == "null_content":
            conversation.contents[position] = None
            conversation.spans[position] = []
        elif broken == "unknown_role":
            conversation.roles[position] = "bot"


def _own_copy(original: Conversation, user: User, rng: Random) -> Conversation:
    """The same conversation once more by the same user: sent twice, sent again with small edits, or half rewritten."""
    copy = Conversation(
        conversation_id="", scenario=original.scenario, language=original.language, kind=original.kind,
        quality=original.quality, started=0, completed=False, style=original.style, roles=list(original.roles),
        contents=[], spans=[], marked=list(original.marked), health=original.health,
    )  # fmt: skip
    cluster = f"D{original.conversation_id[1:]}"
    spoken = original.roles.count("system")  # what was said begins after the system's message
    head, said = original.marked[:spoken], original.marked[spoken:]
    draw = rng()
    if draw < 0.35:
        copy.cluster = {"cluster_id": cluster, "relation": "exact", "similarity": 1.0, "of": original.conversation_id}
    elif draw < 0.7:
        edited, reached = injectors.near_copy(rng, said, injectors.NEAR_DUPLICATE[0])
        copy.marked = head + edited
        relation = "near" if reached < 1 else "exact"
        copy.cluster = {
            "cluster_id": cluster,
            "relation": relation,
            "similarity": round(reached, 4),
            "of": original.conversation_id,
        }
    else:
        dialogue, _, _ = _dialogue(user, rng, language(user.language), original.scenario)
        edited, reached = injectors.near_miss(rng, said, original.roles[spoken:], dialogue.say)
        copy.marked = head + edited
        copy.near_miss = {"similarity": round(reached, 4), "of": original.conversation_id}
    return copy


@lru_cache(maxsize=4)
def _shared_slots(seed: int, block: int) -> dict[int, tuple[str, bool, bool]]:
    """Which users of a block share a conversation: number in the block -> (cluster id, near, whether it is the first)."""
    source = generator(seed, "block", block)
    slots: dict[int, tuple[str, bool, bool]] = {}
    free = source.sample(range(BLOCK_USERS), 8)
    for number, near in enumerate((False, True)):
        if source.random() < 0.55:
            members = sorted(free.pop() for _ in range(source.randint(2, 4)))
            for member in members:
                slots[member] = (f"S{block:06}-{number}", near, member == members[0])
    return slots


def _shared_copy(seed: int, slot: tuple[str, bool, bool], rng: Random) -> Conversation:
    """A conversation that several users have in common (a template that went round); nobody is named in it."""
    cluster, near, first = slot
    source = random.Random(f"attune-sample:{seed}:cluster:{cluster}")  # noqa: S311 (nothing secret)
    scenario = language("en").scenario(source.random)
    gender = "male" if source.random() < 0.5 else "female"
    context = speaking_of("en", "dating", gender, None, third_person(source.random, "en"), None)
    dialogue = Dialogue(source.random, language("en"), scenario, context)
    while True:
        draft = write_dialogue(dialogue, "good", long=False, check_in=False)
        if len(draft.texts) >= 6:
            break
    copy = _from_draft(draft, "proper")
    relation, reached = "original" if first else "exact", 1.0
    if near and not first:
        copy.marked, reached = injectors.near_copy(rng, copy.marked, 0.93)
        relation = "near" if reached < 1 else "exact"
    copy.cluster = {"cluster_id": cluster, "relation": relation, "similarity": round(reached, 4), "of": None}
    return copy
