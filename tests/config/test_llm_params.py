"""Parameters cannot send a key or a conversation where nobody meant it to go."""

from __future__ import annotations

import pytest

from attune.config.params import validate_params
from attune.errors import UsageError


def provider(**values: str) -> dict[str, object]:
    return {"llm": {"providers": [{"name": "judge", "model": "m", "base_url": "https://api.example.com/v1", **values}]}}


@pytest.mark.parametrize(
    "variable",
    ["ATTUNE_SUBJECT_KEY", "ATTUNE_AUDIT_KEY", "ATTUNE_INTEGRITY_KEY_FILE", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD", "HOME",
     "PATH", "ATTUNE_LLM_", "attune_llm_key", "ATTUNE_LLM_KEY ", "ATTUNE_LLM_KEY\n", "XATTUNE_LLM_KEY", "OPENAI_API_KEY"],
)  # fmt: skip
def test_a_key_comes_only_from_a_variable_that_is_meant_for_language_models(variable: str) -> None:
    with pytest.raises(UsageError, match=r"llm\.providers\.0\.api_key_env"):
        validate_params(provider(api_key_env=variable))


@pytest.mark.parametrize(
    "url",
    ["http://vllm:8000/v1", "http://10.0.0.5/v1", "http://localhost.evil.example/v1", "http://127.0.0.1.evil.example",
     "http://127.0.0.1@evil.example/v1", "http://evil.example#@127.0.0.1", "http://evil.example\\@127.0.0.1/", "http://0.0.0.0/v1",
     "http://[::ffff:10.0.0.5]/v1", "http://2130706433.evil.example", "https://user:secret@api.example.com/v1",
     "https://api.example.com/v1?to=", "https://api.example.com/#", "https://api.example.com/a b", "https:///v1", "ftp://127.0.0.1/",
     "HTTP://evil.example/v1", " http://127.0.0.1/", "http://127.0.0.1/\n", "file:///etc/passwd", ""],
)  # fmt: skip
def test_conversations_travel_encrypted_or_stay_on_this_machine(url: str) -> None:
    with pytest.raises(UsageError, match=r"llm\.providers\.0\.base_url"):
        validate_params(provider(base_url=url))


@pytest.mark.parametrize(
    "url", ["https://api.example.com/v1", "http://127.0.0.1:8000/v1", "http://localhost:8000", "http://[::1]:8000/v1/"]
)
def test_an_encrypted_endpoint_or_one_on_this_machine_may_be_asked_with_its_own_key(url: str) -> None:
    params = validate_params(provider(base_url=url, api_key_env="ATTUNE_LLM_JUDGE_KEY"))
    assert params.llm.providers[0].base_url == url.rstrip("/")
