"""The object store of the sample: a few hundred records in six families, each in another format, with their own planted truth.

========================  ====================  =========================================================================
family                    file                  record
========================  ====================  =========================================================================
edge_case_crisis          crisis_chats.jsonl    id, scenario, created_at, messages [{role, content}]; one line is no JSON
sarcasm                   sarcasm.json          one array of {id, context, utterance, response}
voice_persona             session_NN.txt        a transcript, one turn a line: ``Speaker: text``; the coach is ``Coach``
safety_guardrails         guardrails.csv        id, prompt, response, policy
mental_health_datasets    expert_curated.jsonl  id, instruction, response, source ``expert_curated``, license
roleplay_simulator        sessions.parquet      id, scenario, created_at, messages list<struct<role, content>>
========================  ====================  =========================================================================

Lines of truth name family, file, ``line`` (the number of the record, from 1; of the turn in a transcript), the field, and for
messages the position.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from attune import storage
from sample import identifiers, injectors, span_markers
from sample.conversations import Conversation, write_conversation, write_crisis
from sample.dialogue import Dialogue
from sample.identifiers import pick
from sample.people import User, any_culture, generator, given_name, make_user
from sample.rows import describe_span
from sample.span_markers import Kind, mark
from sample.texts import language, speaking_of, third_person
from sample.timestamps import DAY, NEWEST_SECOND, moment

_COUNTS = {
    "edge_case_crisis": 70,
    "sarcasm": 60,
    "voice_persona": 24,
    "safety_guardrails": 70,
    "mental_health_datasets": 60,
    "roleplay_simulator": 80,
}
_COPY_EVERY = 20  # each 20th record is an exact copy of the one before


@dataclass
class FamilyFiles:
    """What was written for one family."""

    records: int = 0
    truth: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class _Writing:
    """One family on its way: its files' contents are kept until they are written whole."""

    family: str
    seed: int
    folder: Path
    result: FamilyFiles = field(default_factory=FamilyFiles)

    def dialogue(self, number: int) -> Dialogue:
        """A fresh dialogue for record ``number``, with a partner and a third person who are named."""
        rng = generator(self.seed, self.family, number).random
        gender = "male" if rng() < 0.5 else "female"
        third = third_person(rng, "en")
        names = [mark(given_name(rng, any_culture(rng), sex), injectors.THIRD_NAME) for sex in (gender, third.gender)]
        context = speaking_of(
            "en", "dating", gender, names[0] if rng() < 0.4 else None, third, names[1] if rng() < 0.4 else None
        )
        return Dialogue(rng, language("en"), "", context)

    def clean(self, text: str, file: str, line: int, place: str, position: int | None = None) -> str:
        """``text`` without its marks, which become lines of truth."""
        plain, spans = span_markers.take_out(text)
        where: dict[str, Any] = {"family": self.family, "file": file, "line": line, "field": place}
        if position is not None:
            where["position"] = position
        self.result.truth += [{**describe_span(span), **where, "known": False} for span in spans]
        return plain

    def numbers(self) -> Iterator[tuple[int, int]]:
        """(line, number of the record that stands there): now and then the one before stands there once more."""
        for line in range(1, _COUNTS[self.family] + 1):
            yield line, line - 1 if line % _COPY_EVERY == 0 else line

    def note_copies(self, file: str) -> None:
        """Say which lines are exact copies."""
        for line, number in self.numbers():
            if line != number:
                for member in (number, line):
                    where = {"family": self.family, "file": file, "line": member}
                    relation = "original" if member == number else "exact"
                    cluster = f"F-{self.family}-{number}"
                    self.result.truth.append(
                        {"kind": "duplicate", "cluster_id": cluster, "relation": relation, "similarity": 1.0, **where}
                    )

    def write(self, file: str, content: bytes) -> None:
        """Write one file of the family."""
        storage.write_bytes(str(self.folder / file), content)


def write_families(folder: Path, seed: int) -> Iterator[tuple[str, FamilyFiles]]:
    """Write all families below ``folder``; yields each when its files are complete."""
    writers: dict[str, Callable[[_Writing], None]] = {
        "edge_case_crisis": _crisis_chats,
        "sarcasm": _sarcasm,
        "voice_persona": _voice_persona,
        "safety_guardrails": _guardrails,
        "mental_health_datasets": _expert_curated,
        "roleplay_simulator": _roleplay,
    }
    for family, write in writers.items():
        writing = _Writing(family, seed, folder / family)
        write(writing)
        writing.result.records = _COUNTS[family]
        yield family, writing.result


def _stranger(seed: int, family: str, number: int) -> tuple[User, Callable[[], float]]:
    source = generator(seed, family, "person", number)
    return replace(make_user(source.random, 1), language="en"), source.random


def _messages(writing: _Writing, conversation: Conversation, file: str, line: int) -> list[dict[str, str]]:
    return [
        {"role": role, "content": writing.clean(text, file, line, "messages", position)}
        for position, (role, text) in enumerate(zip(conversation.roles, conversation.marked, strict=True))
    ]


def _sessions(
    writing: _Writing, file: str, write: Callable[[User, Callable[[], float]], Conversation]
) -> Iterator[dict[str, Any]]:
    for line, number in writing.numbers():
        user, rng = _stranger(writing.seed, writing.family, number)
        conversation = write(user, rng)
        yield {
            "id": f"{writing.family}-{line:04}",
            "scenario": conversation.scenario,
            "created_at": moment(NEWEST_SECOND - DAY * 600 * rng()),
            "messages": _messages(writing, conversation, file, line),
        }
        if conversation.crisis is not None:
            writing.result.truth.append(
                {"kind": "crisis", "type": conversation.crisis, "family": writing.family, "file": file, "line": line}
            )
    writing.note_copies(file)


def _crisis_chats(writing: _Writing) -> None:
    file = "crisis_chats.jsonl"
    lines = [json.dumps(record, ensure_ascii=False) for record in _sessions(writing, file, write_crisis)]
    lines[-1] = lines[-1][: len(lines[-1]) // 2]  # cut off by an upload that broke
    truth = [entry for entry in writing.result.truth if entry.get("line") != len(lines)]
    writing.result.truth = [
        *truth, {"kind": "broken", "family": writing.family, "file": file, "line": len(lines), "problem": "not_json"}
    ]  # fmt: skip
    writing.write(file, ("\n".join(lines) + "\n").encode())


def _roleplay(writing: _Writing) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = "sessions.parquet"
    message = pa.struct([pa.field("role", pa.string()), pa.field("content", pa.string())])
    schema = pa.schema(
        [("id", pa.string()), ("scenario", pa.string()), ("created_at", pa.string()), ("messages", pa.list_(message))]
    )
    table = pa.Table.from_pylist(list(_sessions(writing, file, write_conversation)), schema=schema)
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    writing.write(file, buffer.getvalue())


def _sarcasm(writing: _Writing) -> None:
    file, records = "sarcasm.json", []
    for line, number in writing.numbers():
        dialogue = writing.dialogue(number)
        texts = {part: dialogue.say(f"sarcasm_{part}") for part in ("context", "utterance", "response")}
        records.append(
            {"id": f"sarcasm-{line:04}"} | {part: writing.clean(text, file, line, part) for part, text in texts.items()}
        )
    writing.note_copies(file)
    writing.write(file, (json.dumps(records, ensure_ascii=False, indent=1) + "\n").encode())


def _voice_persona(writing: _Writing) -> None:
    for line, _number in writing.numbers():
        dialogue = writing.dialogue(line)
        file = f"session_{line:02}.txt"
        speaker = mark(given_name(dialogue.rng, any_culture(dialogue.rng), "female"), injectors.THIRD_NAME)
        turns = [("Coach", f"{dialogue.say('voice_welcome')} {dialogue.say('voice_topic')}")]
        for _ in range(3 + int(dialogue.rng() * 4)):
            story = dialogue.say("voice_story")
            story = story if story.startswith("I ") else story[:1].lower() + story[1:]
            turns.append((speaker, f"{dialogue.say('voice_filler')} {story} {dialogue.say('aside')}"))
            turns.append(("Coach", f"{dialogue.say('hear_more')} {dialogue.say('voice_answer')} {dialogue.say('ask')}"))
        text = [writing.clean(f"{who}: {words}", file, number, "turn") for number, (who, words) in enumerate(turns, start=1)]
        writing.write(file, ("\n".join(text) + "\n").encode())


def _guardrails(writing: _Writing) -> None:
    file, out = "guardrails.csv", io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["id", "prompt", "response", "policy"])
    for line, number in writing.numbers():
        dialogue = writing.dialogue(number)
        policy = pick(dialogue.rng, ("control", "medical", "legal", "self_harm", "privacy", "violence"))
        prompt = dialogue.say(f"guard_{policy}")
        if dialogue.rng() < 0.3:
            number_or_mail = pick(dialogue.rng, ("phone", "email"))
            value = (
                identifiers.phone(dialogue.rng)
                if number_or_mail == "phone"
                else identifiers.email(dialogue.rng, "Sam", "Harlow")
            )
            prompt += " " + dialogue.filled(number_or_mail, mark(value, Kind(number_or_mail.upper())))
        answer = f"{dialogue.say('guard_refuse')} {dialogue.say(f'guard_{policy}_instead')} {dialogue.say('ask')}"
        rows.writerow(
            [
                f"guard-{line:04}",
                writing.clean(prompt, file, line, "prompt"),
                writing.clean(answer, file, line, "response"),
                policy,
            ]
        )
    writing.note_copies(file)
    writing.write(file, out.getvalue().encode())


def _expert_curated(writing: _Writing) -> None:
    file, lines = "expert_curated.jsonl", []
    for line, number in writing.numbers():
        _, rng = _stranger(writing.seed, writing.family, number)
        code = language("en")
        dialogue = Dialogue(rng, code, code.scenario(rng), writing.dialogue(number).context)
        instruction = f"{dialogue.say('open')} {dialogue.say('detail')}"
        response = " ".join(dialogue.say(part) for part in ("validate", "reflect", "suggest", "adapt", "ask_try"))
        lines.append(
            json.dumps(
                {
                    "id": f"expert-{line:04}",
                    "instruction": writing.clean(instruction, file, line, "instruction"),
                    "response": writing.clean(response, file, line, "response"),
                    "source": "expert_curated",
                    "license": "CC-BY-4.0",
                },
                ensure_ascii=False,
            )
        )
    writing.note_copies(file)
    writing.write(file, ("\n".join(lines) + "\n").encode())
