"""Health information: what people state of their own medical history, and what they may talk about freely."""

from __future__ import annotations

import pytest

from attune.redaction.health import find_health

STATED = [
    ("diagnosis", "I was diagnosed with bipolar disorder last year"),
    ("diagnosis", "i just got diagnosed with type 2 diabetes"),
    ("diagnosis", "My doctor told me I have multiple sclerosis."),
    ("diagnosis", "I'm HIV positive and scared to tell him"),
    ("diagnosis", "I have stage 3 breast cancer"),
    ("medication", "i take 50mg of sertraline every morning"),
    ("medication", "My psychiatrist put me on Lexapro 20 mg"),
    ("laboratory value", "my A1C was 8.2% last month"),
    ("laboratory value", "my TSH came back at 6.1"),
    ("record number", "my medical record number is 00482913"),
]
TALK = [
    "I feel so depressed since he left",
    "my anxiety is killing me",
    "she thinks he has adhd lol",
    "my mother was diagnosed with cancer when I was ten",
    "I'm on antidepressants and it helps",
    "therapy and medication helped my sister",
    "I have trust issues and maybe ptsd from the marriage",
    "we ran 5 km and drank 500 ml of water",
    "he weighs 90 kg and I don't care",
]


@pytest.mark.parametrize(("kind", "text"), STATED)
def test_what_a_user_states_of_their_own_health_is_found(kind: str, text: str) -> None:
    assert kind in find_health([{"role": "user", "content": text}])


@pytest.mark.parametrize("text", TALK)
def test_talk_about_feelings_and_others_is_no_health_record(text: str) -> None:
    assert find_health([{"role": "user", "content": text}]) == []


def test_what_an_assistant_says_does_not_count() -> None:
    assert find_health([{"role": "assistant", "content": "I was diagnosed with bipolar disorder"}]) == []
