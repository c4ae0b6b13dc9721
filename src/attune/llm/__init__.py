"""Language models over HTTP: versioned prompts, and one chat client for any OpenAI-compatible endpoint, with cache and budget.

- :mod:`attune.llm.prompts` reads prompt files;
- :mod:`attune.llm.schema` validates answers against a prompt's JSON Schema;
- :mod:`attune.llm.ledger` keeps answers and their cost in one SQLite file, shared by processes;
- :mod:`attune.llm.protocol` sends one HTTP request and interprets the response;
- :mod:`attune.llm.client` asks for an answer: cache, budget, retries, fallback to the next provider.
"""
