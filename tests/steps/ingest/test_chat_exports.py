"""Exports of chat services, as their users download them: every turn comes out, said by whoever said it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from product_sample import KEY

from attune.errors import UsageError
from attune.steps.ingest.families import Family
from attune.steps.ingest.loaders import Broken, load
from attune.steps.ingest.mapping import raw_row
from attune.steps.ingest.recognition import propose

ROLES = {"Coach": "assistant", "*": "user"}
SAID = [("user", "I am sad: very.\nStill."), ("assistant", "Since when?"), ("user", "Monday.")]


def raw_rows(folder: Path, content: Any, loader: str = "json", **entry: Any) -> list[dict[str, Any]]:
    path = folder / "object"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    family = Family.model_validate({"family": "f", "pattern": "*", "loader": loader, "roles": ROLES, **entry})
    return [raw_row(family, "key", row, KEY) for row in load(str(path), family)]


def only_row(folder: Path, content: Any, loader: str = "json", **entry: Any) -> dict[str, Any]:
    (row,) = raw_rows(folder, content, loader, **entry)
    assert row["problem"] is None
    return row


def said(row: dict[str, Any]) -> list[tuple[str, str]]:
    return [(turn["role"], turn["content"]) for turn in row["messages"]]


STAMPS = {
    "ios_uk": "[14/10/2021, 15:36:10] ",
    "ios_us": "[10/14/21, 3:36:10\u202fPM] ",
    "ios_in": "\u200e[14/10/21, 3:36:10 PM] ",
    "ios_de": "[14.10.21, 15:36:10] ",
    "android_us": "10/14/21, 3:36\u202fPM - ",
    "android_in": "14/10/21, 3:36 pm - ",
    "android_de": "14.10.21, 15:36 - ",
    "android_es": "14/10/21, 3:36\xa0p.\xa0m. - ",
    "android_iso": "2021-10-14, 15:36 - ",
    "android_zh": "2021/10/14 下午3:36 - ",
    "signal": "[2021-10-14, 15:36] ",
    "older": "15:36, 14/10/2021 - ",
    "older_us": "3:36 PM, 10/14/2021 - ",
    "weekday": "[Thu, 14/10/2021, 15:36] ",
    "finnish": "14.10.2021 klo 15.36 - ",
}


@pytest.mark.parametrize("dialect", STAMPS)
def test_a_whatsapp_text_of_any_country_is_the_turns_of_those_who_said_them(tmp_path: Path, dialect: str) -> None:
    stamp = STAMPS[dialect]
    notice = "Messages and calls are end-to-end encrypted. No one outside of this chat, not even WhatsApp: nobody."
    lines = [
        "A chat with somebody",
        f"{stamp}{notice}",
        f"{stamp}~\u202fAnn \U0001f338: I am sad: very.",
        "Still.",
        f"{stamp}Ann \U0001f338: <Media omitted>",
        f"{stamp}Ann \U0001f338: \u200eimage omitted",
        f"{stamp}Ann \U0001f338 changed the group description",
        "to something else",
        f"{stamp}Coach: Since when?",
        f"{stamp}\u202a+49 170 1234567\u202c: Monday. <This message was edited>",
    ]
    row = only_row(tmp_path, "\n".join(lines), "transcript")
    assert said(row) == SAID
    assert row["created_at"].isoformat().startswith("2021-10-14T15:36")
    assert row["known"] == {"others": ["Ann \U0001f338"], "phones": ["+49 170 1234567"]}


@pytest.mark.parametrize(
    "text",
    [
        "[14/10/2021, 3:36:10 PM] Ann: I am sad: very.\nStill.\n[14/10/2021, 3:36:10 PM] Coach: Since when?\n"
        "[3:37 PM] Ann: Monday.",
        "Ann: I am sad: very.\nStill.\n[14/10/2021, 3:36:10 PM] Coach: Since when?\nAnn: Monday.",
        "Ann, [14.10.2021 15:36]\nI am sad: very.\nStill.\n\nCoach, [14.10.2021 15:37]\nSince when?\n\n"
        "Ann, [14.10.2021 15:38]\nMonday.",
        "Ann — 14/10/2021 15:36\nI am sad: very.\nStill.\nCoach — Today at 3:36 PM\nSince when?\n"
        "Ann — Yesterday at 9:01 AM\nMonday.",
        "(3:36 PM) Ann: I am sad: very.\nStill.\n3:37 PM - Coach: Since when?\n2021-10-14T15:38:00Z Ann: Monday.",
        "Ann: I am sad: very.\nStill. Coach: Since when? Ann: Monday.",
        "15:36:10 From Ann to Everyone: I am sad: very.\nStill.\n15:36:20 From Coach to Everyone: Since when?\n"
        "15:37:00\t From Ann to Coach(Direct Message): Monday.",
        "ann_92: I am sad: very.\nStill.\nCoach: Since when?\nann_92: Monday.",
        "Ann\nI am sad: very.\nStill.\nCOACH\nSince when?\nAnn\nMonday.",
        "3:36 PM, 14 Oct - Ann: I am sad: very.\nStill.\n3:37 PM, 14 Oct - Coach: Since when?\n3:38 PM, 14 Oct - Ann: Monday.",
    ],
)
def test_whoever_speaks_is_found_behind_dates_and_times_of_all_kinds(tmp_path: Path, text: str) -> None:
    entry = {"roles": {"Coach": "assistant", "Ann": "user", "*": "user"}}
    assert [(role, " ".join(words.split())) for role, words in said(only_row(tmp_path, text, "transcript", **entry))] == [
        (role, " ".join(words.split())) for role, words in SAID
    ]


def test_a_speaker_without_a_role_or_a_label_inside_a_sentence_sends_a_chat_to_quarantine(tmp_path: Path) -> None:
    chat = "14/10/21, 15:36 - Ann: Hi.\n14/10/21, 15:37 - Coach: Hello.\n"
    (row,) = raw_rows(tmp_path, chat, "transcript", roles={"Coach": "assistant"})
    assert "has a speaker label that `roles`" in row["problem"]
    (row,) = raw_rows(
        tmp_path, "Ann: I told my Coach: no\nCoach: Oh.\n", "transcript", roles={"Coach": "assistant", "Ann": "user"}
    )
    assert "speaker label inside a sentence" in row["problem"]


def test_words_under_a_picture_are_said_by_its_sender_and_a_picture_alone_is_no_turn(tmp_path: Path) -> None:
    said_by = [
        ("Ann", "Look."), ("Coach", "IMG-1.jpg (file attached)"), ("Ann", "Again."),
        ("Coach", "IMG-2.jpg (file attached)\n\nA path.\n\nIn two parts."),
        ("Ann", "image omitted"), ("Coach", "Do you see it?"),
    ]  # fmt: skip
    row = only_row(tmp_path, "".join(f"14/10/21, 3:36 pm - {who}: {text}\n" for who, text in said_by), "transcript")
    assert said(row) == [("user", "Look.\nAgain."), ("assistant", "A path.\n\nIn two parts.\nDo you see it?")]


def test_a_long_pause_begins_a_new_conversation_and_the_parts_stay_in_one_split(tmp_path: Path) -> None:
    chat = "".join(
        f"{day}/10/21, 15:3{n} - {who}: Words {day} {n}.\n" for day in (14, 16) for n, who in enumerate(["Ann", "Coach"])
    )
    rows = raw_rows(tmp_path, chat, "transcript", pause_hours=8)
    assert [row["created_at"].day for row in rows] == [14, 16]
    assert len({row["conversation_id"] for row in rows}) == 1
    assert len({row["record_id"] for row in rows}) == 2
    assert len(raw_rows(tmp_path, chat, "transcript")) == 1


FOUR = [("Ann Lee", "I am sad: very."), ("Ann Lee", "Still."), ("Coach", "Since when?"), ("Ann Lee", "Monday.")]
MESSENGER = {
    "participants": [{"name": "Ann Lee"}, {"name": "Coach"}],
    "messages": [  # the newest first, UTF-8 that was read as Latin-1
        {"sender_name": "Ann Lee", "timestamp_ms": 1634225773000, "content": "Monday."},
        {"sender_name": "Coach", "timestamp_ms": 1634225772000, "content": "Since when?"},
        {"sender_name": "Ann Lee", "timestamp_ms": 1634225771500, "photos": [{"uri": "photo.jpg"}]},
        {"sender_name": "Coach", "timestamp_ms": 1634225771400, "content": "Reacted \u00e2\u009d\u00a4 to your message "},
        {"sender_name": "Ann Lee", "timestamp_ms": 1634225771000, "content": "Still."},
        {"sender_name": "Ann Lee", "timestamp_ms": 1634225770000, "content": "I am sad: very."},
    ],
    "title": "Ann Lee",
    "is_still_participant": True,
    "magic_words": [],
}
TELEGRAM = {
    "name": "Ann Lee", "type": "personal_chat", "id": 1,
    "messages": [
        {"id": 1, "type": "service", "date": "2021-10-14T15:36:09", "actor": "Ann Lee", "action": "phone_call", "text": ""},
        {"id": 2, "type": "message", "date": "2021-10-14T15:36:10", "date_unixtime": "1634225770", "from": "Ann Lee",
         "from_id": "user1", "text": ["I am ", {"type": "bold", "text": "sad"}, ": very."]},
        {"id": 3, "type": "message", "date": "2021-10-14T15:36:11", "from": "Ann Lee", "from_id": "user1", "text": "Still."},
        {"id": 4, "type": "message", "date": "2021-10-14T15:36:12", "from": "Coach", "from_id": "user2", "text": "Since when?"},
        {"id": 5, "type": "message", "date": "2021-10-14T15:36:13", "from": "Ann Lee", "from_id": "user1", "text": "Monday."},
    ],
}  # fmt: skip
TELEGRAM_WHOLE = {
    "about": "All data.", "personal_information": {"user_id": 2}, "contacts": {"about": "", "list": [{"first_name": "Ann"}]},
    "chats": {"about": "All chats.", "list": [TELEGRAM]}, "left_chats": {"about": "", "list": []},
}  # fmt: skip
DISCORD = {
    "guild": {"id": "0", "name": "Direct Messages"}, "channel": {"id": "9", "type": "DirectTextChat", "name": "annlee"},
    "dateRange": {"after": None, "before": None},
    "messages": [
        {"id": "1", "type": "Default", "timestamp": f"2021-10-14T15:36:1{n}.123+00:00", "content": text,
         "author": {"id": "7", "name": name, "nickname": name, "isBot": False}, "mentions": [{"id": "8", "name": "x"}]}
        for n, (name, text) in enumerate(FOUR)
    ] + [{"id": "2", "type": "Call", "timestamp": "2021-10-14T15:37:00+00:00", "content": "", "author": {"name": "Ann Lee"}}],
    "messageCount": 5,
}  # fmt: skip
SLACK = [
    {"type": "message", "user": "U1", "text": text, "ts": f"163422577{n}.000100", "user_profile": {"real_name": name}}
    for n, (name, text) in enumerate(
        [("Ann Lee", "I am sad: very."), ("Ann Lee", "Still."), ("Coach", "Since when?"), ("Ann Lee", "Monday.")]
    )
] + [
    {
        "type": "message",
        "subtype": "channel_join",
        "user": "U1",
        "text": "<@U1> has joined the channel",
        "ts": "1634225779.000100",
    }
]
ZENDESK = {
    "id": 1, "requester_id": 5, "subject": "Sad",
    "comments": [
        {"id": 1, "author_id": 5, "body": "I am sad: very.\nStill.", "public": True, "created_at": "2021-10-14T15:36:10Z"},
        {"id": 2, "author_id": 6, "body": "Ask for a deposit.", "public": False, "created_at": "2021-10-14T15:36:11Z"},
        {"id": 3, "author_id": 6, "plain_body": "Since when?", "body": "x", "created_at": "2021-10-14T15:36:12Z"},
        {"id": 4, "author_id": 5, "body": "Monday.", "public": True, "created_at": "2021-10-14T15:36:13Z"},
    ],
}  # fmt: skip
INTERCOM = {
    "type": "conversation", "id": "1", "created_at": 1634225770,
    "source": {"body": "I am sad: very.\nStill.", "author": {"type": "user", "id": "a1", "name": "Ann Lee"}},
    "conversation_parts": {"type": "conversation_part.list", "conversation_parts": [
        {"part_type": "note", "body": "Look at the plan.", "created_at": 1634225771, "author": {"type": "admin", "name": "Bo"}},
        {"part_type": "comment", "body": "Since when?", "created_at": 1634225772, "author": {"type": "admin", "name": "Bo"}},
        {"part_type": "comment", "body": "Monday.", "created_at": 1634225773, "author": {"type": "user", "name": "Ann Lee"}},
        {"part_type": "close", "body": None, "created_at": 1634225774, "author": {"type": "admin", "name": "Bo"}},
    ], "total_count": 4},
}  # fmt: skip


def node(name: str, parent: str | None, role: str | None, text: str = "", **more: Any) -> dict[str, Any]:
    content = {"content_type": "text", "parts": [text]}
    message = (
        None
        if role is None
        else {"author": {"role": role}, "content": content, "create_time": 1634225770.5, "weight": 1.0, **more}
    )
    return {"id": name, "message": message, "parent": parent, "children": []}


CHATGPT = [
    {
        "title": "Sad", "create_time": 1634225770.5, "current_node": "f",
        "mapping": {each["id"]: each for each in (
            node("r", None, None),
            node("a", "r", "system", "hidden", weight=0, metadata={"is_visually_hidden_from_conversation": True}),
            node("b", "a", "user", "I am sad: very.\nStill."), node("x", "b", "assistant", "An answer that was thrown away."),
            node("c", "b", "assistant", "search()", recipient="browser"), node("d", "c", "tool", "found"),
            node("e", "d", "assistant", "Since when?", recipient="all"), node("f", "e", "user", "Monday."),
        )},
    }
]  # fmt: skip
OASST = {
    "message_tree_id": "t",
    "prompt": {"text": "I am sad: very.\nStill.", "role": "prompter", "replies": [
        {"text": "So what?", "role": "assistant", "rank": 1, "replies": []},
        {"text": "Since when?", "role": "assistant", "rank": 0, "replies": [{"text": "Monday.", "role": "prompter"}]},
    ]},
}  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "content"),
    [
        ("messenger", MESSENGER),
        ("telegram", TELEGRAM),
        ("telegram", TELEGRAM_WHOLE),
        ("discord", DISCORD),
        ("slack", SLACK),
        ("slack", {"ok": True, "messages": SLACK[::-1], "has_more": False}),
        ("zendesk", ZENDESK),
        ("zendesk", {"tickets": [ZENDESK], "count": 1}),
        ("intercom", INTERCOM),
        ("intercom", {"type": "conversation.list", "pages": {"page": 1}, "conversations": [INTERCOM]}),
        ("chatgpt", CHATGPT),
        ("oasst", OASST),
    ],
)
def test_the_export_of_a_service_is_mapped_by_its_name(tmp_path: Path, columns: str, content: Any) -> None:
    row = only_row(tmp_path, content, columns=columns)
    assert said(row) == SAID
    if columns in {"messenger", "telegram", "discord", "slack"}:
        assert row["known"] == {"others": ["Ann Lee"]}
    if columns != "oasst":
        assert row["created_at"].isoformat()[:16] == "2021-10-14T15:36"
    assert "Ann" not in json.dumps({**row, "known": None}, default=str)


@pytest.mark.parametrize(
    "content",
    [
        {"participants": [{"name": "A"}, {"name": "B"}], "messages": [{"role": "user", "content": "Hi"}]},
        {"messages": [{"role": "user", "content": "Hi"}], "sources": [{"url": "x"}], "tags": ["a"]},
        {"sources": [{"url": "x"}, {"url": "y"}], "conversations": [{"messages": [{"role": "user", "content": "Hi"}]}]},
        {"users": [{"id": 1}], "data": {"page": {"items": [{"messages": [{"role": "user", "content": "Hi"}]}]}}},
        {"meta": {"list": [{"id": 1}]}, "conversation": {"messages": [{"role": "user", "content": "Hi"}]}},
    ],
)
def test_a_conversation_beside_other_lists_is_not_lost_and_they_are_no_rows(tmp_path: Path, content: Any) -> None:
    assert said(only_row(tmp_path, content, columns="messages")) == [("user", "Hi")]


def test_an_utterance_of_no_conversation_is_quarantined_and_an_empty_one_is_no_turn(tmp_path: Path) -> None:
    rows = utterances((1, 1, "Ann", "A"), (None, 1, "Ann", "B"), ("", 1, "Ann", "C"), (1, 2, "Ann", " "), (1, 3, "Coach", "D"))
    found = raw_rows(tmp_path, rows, "jsonl", **BY_UTTERANCE)
    assert sorted(said(row) for row in found) == [[], [], [("user", "A"), ("assistant", "D")]]
    numbered = utterances((1, 1, 0, "A"), (1, 2, 1.0, "B"))  # type: ignore[arg-type]
    entry = {**BY_UTTERANCE, "roles": {0: "user", 1: "assistant"}}
    assert said(only_row(tmp_path, numbered, "jsonl", **entry)) == [("user", "A"), ("assistant", "B")]


def test_a_text_that_stands_twice_in_a_turn_counts_once(tmp_path: Path) -> None:
    turn = {"sender": "human", "text": "Hi", "content": [{"type": "text", "text": "Hi"}], "created_at": "2024-01-01T00:00:00Z"}
    assert said(only_row(tmp_path, [{"chat_messages": [turn]}], columns={"messages": "chat_messages"})) == [("user", "Hi")]


def test_the_map_may_name_the_list_of_rows(tmp_path: Path) -> None:
    content = {
        "a": [{"messages": [{"role": "user", "content": "No"}]}],
        "b": {"c": [{"messages": [{"role": "user", "content": "Hi"}]}]},
    }
    assert said(only_row(tmp_path, content, columns="messages", rows="b.c")) == [("user", "Hi")]
    (row,) = raw_rows(tmp_path, content, columns="messages", rows="b.d")
    assert row["problem"] == "key: has no list b.d, which `rows` of its entry in families.yaml names"


def utterances(*rows: tuple[Any, Any, str, str]) -> str:
    return "".join(
        json.dumps({"dialog": dialog, "turn": turn, "who": who, "text": text}) + "\n" for dialog, turn, who, text in rows
    )


BY_UTTERANCE = {"columns": {"utterance": "text", "speaker": "who", "group": "dialog", "order": "turn"}}


def test_rows_that_are_single_utterances_become_conversations_in_whatever_order_they_stand(tmp_path: Path) -> None:
    rows = utterances(
        (1, 2, "Coach", "B"), (2, "1", "Ann", "C"), (1.0, 1, "Ann", "A"), (2, "2", "Coach", "D"), (3, 1, "Ann", "E")
    )
    found = raw_rows(tmp_path, rows, "jsonl", **BY_UTTERANCE)
    assert [[text for _, text in said(row)] for row in found] == [["A", "B"], ["C", "D"], ["E"]]
    assert len({row["conversation_id"] for row in found}) == 3
    (tmp_path / "csv").mkdir()
    table = "dialog,turn,who,text\n" + "".join(f"1,{n},{who},Words {n}\n" for n, who in enumerate(["Ann", "Coach", "Ann"]))
    assert [role for role, _ in said(only_row(tmp_path / "csv", table, "csv", **BY_UTTERANCE))] == ["user", "assistant", "user"]


def test_a_conversation_with_an_unreadable_utterance_is_quarantined_and_its_neighbours_are_read(tmp_path: Path) -> None:
    good = utterances((1, 1, "Ann", "A"), (1, 2, "Coach", "B"))
    for bad in ("{nope\n", json.dumps({"dialog": 2, "turn": 2, "who": "Coach"}) + "\n"):
        rows = good + utterances((2, 1, "Ann", "C")) + bad + utterances((2, 3, "Ann", "D"), (3, 1, "Ann", "E"))
        found = raw_rows(tmp_path, rows, "jsonl", **BY_UTTERANCE)
        assert [said(row) for row in found if not row["problem"]] == [[("user", "A"), ("assistant", "B")], [("user", "E")]]
    twice = utterances((1, 1, "Ann", "A"), (1, 1, "Coach", "B"))
    assert "twice the same" in raw_rows(tmp_path, twice, "jsonl", **BY_UTTERANCE)[0]["problem"]


@pytest.mark.parametrize(
    "text",
    [
        "Doctor: What is it?\nPatient: I am sad.\nDoctor: Since when?",
        "Doctor: What is it? Patient: I am sad. Doctor: Since when?",
        "**Doctor:** What is it?\n\n**Patient:** I am sad.\n\n**Doctor:** Since when?",
        "DOCTOR: What is it? | PATIENT: I am sad. | DOCTOR: Since when?",
        "[{'from': 'Doctor', 'value': 'What is it?'}, {'from': 'Patient', 'value': 'I am sad.'}, "
        "{'from': 'Doctor', 'value': 'Since when?'}]",
    ],
)
def test_a_field_may_hold_a_dialogue_with_labels(tmp_path: Path, text: str) -> None:
    roles = {"Doctor": "assistant", "Patient": "user"}
    row = only_row(tmp_path, [{"dialogue": text}], columns={"messages": "dialogue"}, roles=roles)
    assert said(row) == [("assistant", "What is it?"), ("user", "I am sad."), ("assistant", "Since when?")]


def test_a_dialogue_whose_labels_the_map_does_not_name_says_how_to_name_them(tmp_path: Path) -> None:
    for text in ("Nurse: Hi.\nPatient: Hello.", "No label here.", "Patient: I asked my Doctor: why?"):
        (row,) = raw_rows(tmp_path, [{"d": text}], columns={"messages": "d"}, roles={"Doctor": "assistant", "Patient": "user"})
        assert "such as {Doctor: assistant, Patient: user}" in row["problem"]
        assert not any(word in row["problem"] for word in ("Nurse", "Hello", "asked", "No label"))


def test_an_answer_of_weight_0_is_context_and_a_conversation_of_nothing_else_is_refused(tmp_path: Path) -> None:
    def talk(*weights: Any) -> dict[str, Any]:
        turns: list[dict[str, Any]] = []
        for number, weight in enumerate(weights):
            answer = {"role": "assistant", "content": f"A{number}"} | ({} if weight is None else {"weight": weight})
            turns += [{"role": "user", "content": f"Q{number}", "weight": 0}, answer]
        return {"messages": turns}

    rows = raw_rows(
        tmp_path, [talk(0, 1), talk(None, 0), talk(1, 0, None, 0.0), talk(0, 0), talk("x"), talk(None)], columns="messages"
    )
    assert [len(row["messages"]) for row in rows] == [4, 2, 6, 0, 0, 2]
    assert [row["tags"] for row in rows] == [["context_turn:1"], [], ["context_turn:3"], [], [], []]
    assert "each one has weight 0" in rows[3]["problem"]
    assert "a weight that is not 0 or 1" in rows[4]["problem"]


def test_a_broken_row_of_a_json_file_costs_itself_and_nothing_else(tmp_path: Path) -> None:
    good = json.dumps({"messages": [{"role": "user", "content": "Hi"}]})
    for bad in (
        '{"messages": [}], "x": 1}', '{"messages": "abc, "a": "x"}', '{"messages": [1, 2}', '{"messages": nope}', "nul",
        '{"messages" []}', '{"messages": "\\q"}', f'{{"messages": {"[" * 3_000}{"]" * 3_000}}}',
        '{"messages": [], "messages": []}', '{"messages": [{"role": "user", "content": null, "value": "Hi"}]}',
        '{"messages": [{"role": "user", "content": "\\ud83d"}]}',
    ):  # fmt: skip
        for text in (f"[{good}, {bad}, {good}, {good}]", f'{{"v": 1, "data": [{good}, {bad}, {good}, {good}], "z": [1]}}'):
            rows = raw_rows(tmp_path, text, columns="messages")
            assert [row["problem"] is None for row in rows] == [True, False, True, True], bad


def test_a_value_that_nobody_maps_breaks_no_row(tmp_path: Path) -> None:
    turns = '[{"role": "user", "content": "Hi"}]'
    for value in ("9" * 5_000, '"\\ud83d"', "[" * 90 + "]" * 90, '"1" '):
        for loader, text in (
            ("json", f'[{{"messages": {turns}, "x": {value}}}]'),
            ("jsonl", f'{{"messages": {turns}, "x": {value}}}'),
        ):
            assert said(only_row(tmp_path, text, loader, columns="messages")) == [("user", "Hi")]
    assert isinstance(next(load(str(tmp_path / "object"), Family(family="f", pattern="*", loader="chatml"))), Broken)


@pytest.mark.parametrize(
    ("columns", "content", "loader"),
    [
        *((name, content, "json") for name, content in (
            ("messenger", MESSENGER), ("telegram", TELEGRAM), ("telegram", TELEGRAM_WHOLE), ("discord", DISCORD),
            ("slack", SLACK),
            ("zendesk", ZENDESK), ("intercom", INTERCOM), ("chatgpt", CHATGPT), ("oasst", OASST),
        )),
        ("zendesk", json.dumps(ZENDESK) + "\n" + json.dumps(ZENDESK) + "\n", "jsonl"),
        (None, "14.10.21, 15:36 - Ann: I am sad.\n14.10.21, 15:37 - Coach: Since when?\n", "transcript"),
        (None, "Coach: Hello, Ann.\nAnn: I am sad.\n", "transcript"),
        (BY_UTTERANCE["columns"] | {"utterance": "text"}, "dialog_id,turn,speaker,text\n1,1,Ann,Hi\n", "csv"),
        ({"question": "prompt", "answer": "response"}, "prompt;response\nI am Ann;Hi\n", "csv"),
    ],
)  # fmt: skip
def test_the_format_of_an_example_is_recognized_and_no_word_of_it_shown(
    tmp_path: Path, columns: Any, content: Any, loader: str
) -> None:
    path = tmp_path / "Ann Lee.txt"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    text = propose("mine", str(path))
    (entry,) = yaml.safe_load(text)
    assert (entry["loader"], "Ann" in text) == (loader, False)
    Family.model_validate(entry)
    if isinstance(columns, str):
        assert entry["columns"] == columns
        assert {tuple(said(row)) for row in raw_rows(tmp_path, content, loader, columns=columns)} == {tuple(SAID)}


def test_an_example_of_no_known_format_is_named_without_its_text(tmp_path: Path) -> None:
    for content in ("Ann,+49 170 1234567\n", "just words of Ann", '{"a": 1}', "PK\x03\x04"):
        (tmp_path / "x").write_text(content)
        with pytest.raises(UsageError, match="the example: ") as raised:
            propose("mine", str(tmp_path / "x"))
        assert "Ann" not in str(raised.value)
