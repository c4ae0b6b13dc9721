"""A small OpenAI-compatible server whose replies are known: what a test puts behind the router where no model is needed.

Run as ``python plain_server.py PORT NAME``; or take :func:`app` and serve it in a thread.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

GOOD = "It makes sense that you feel hurt. How could you tell your partner what this day means to you?"
BAD = "you you you you you you you you you you you you"


def app(
    name: str,
    *,
    reply: str = GOOD,
    delay: float = 0.0,
    fail: bool = False,
    break_off: bool = False,
    gate: threading.Event | None = None,
) -> Starlette:
    """A server that answers ``reply`` under ``name``.

    Every answer comes after ``delay`` seconds, and after ``gate`` was set (of a stream: what follows the first piece); or as a
    failing server does.
    """

    async def opened() -> None:
        while gate is not None and not gate.is_set():
            await asyncio.sleep(0.01)

    async def chat(request: Request) -> Response:
        body = await request.json()
        assert body["model"] == name, "the router must ask each server for its own model"
        if fail:
            return JSONResponse({"error": "broken"}, 500)
        if body.get("stream"):
            return StreamingResponse(stream(), media_type="text/event-stream")
        await asyncio.sleep(delay)
        await opened()
        return JSONResponse({"model": name, "choices": [{"message": {"role": "assistant", "content": reply}}]})

    async def stream() -> AsyncIterator[str]:
        for number in range(10):
            if break_off and number == 3:
                raise ConnectionError("broken off on purpose")
            yield f"data: {json.dumps({'model': name, 'chunk': number})}\n\n"
            await asyncio.sleep(delay)
            await opened()
        yield "data: [DONE]\n\n"

    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    return Starlette(routes=[Route("/v1/chat/completions", chat, methods=["POST"]), Route("/health", health)])


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(app(sys.argv[2], delay=0.01), host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False)
