"""Chat models behind any OpenAI-compatible endpoint: calls, retries, a cache and a budget."""
