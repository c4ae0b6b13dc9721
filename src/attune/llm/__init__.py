"""Language models over HTTP: prompts with versions, one chat client for every OpenAI-compatible endpoint, cache and budget.

- :mod:`attune.llm.prompts` reads prompt files;
- :mod:`attune.llm.schema` checks what a model answers against a prompt's schema;
- :mod:`attune.llm.ledger` keeps answers and what they cost in one SQLite file, shared by processes;
- :mod:`attune.llm.protocol` is the wire: one HTTP request, and what its answer means;
- :mod:`attune.llm.client` asks: cache, budget, retries, providers in order.
"""
