"""Show the public folder in a browser: static files with range requests, nothing computed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.errors import UsageError

if TYPE_CHECKING:
    from starlette.applications import Starlette


def application(public: Path) -> Starlette:
    """The public folder as an ASGI application; `/` and `/current/…` lead into the release that is current now.

    They redirect rather than serve, so that a reader who goes on clicking stays in one release while a new one goes out.
    A release's files never change and may be kept for ever; where the pointer leads must be asked each time.
    """
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.requests import Request
    from starlette.responses import RedirectResponse
    from starlette.routing import Mount, Route
    from starlette.staticfiles import StaticFiles

    async def current(request: Request) -> RedirectResponse:
        release = json.loads((public / "current.json").read_bytes())["release"]
        return RedirectResponse(f"/releases/{release}/{request.path_params.get('path', 'site/')}")

    def headers(app):
        async def with_headers(scope, receive, send):
            async def send_with_headers(message):
                if message["type"] == "http.response.start":
                    kept = scope["path"].startswith("/releases/")
                    message["headers"] = [
                        *message["headers"],
                        (b"cache-control", b"public, max-age=31536000, immutable" if kept else b"no-cache"),
                        (b"x-content-type-options", b"nosniff"),
                        (b"referrer-policy", b"no-referrer"),
                        (b"access-control-allow-origin", b"*"),
                    ]
                await send(message)

            await app(scope, receive, send_with_headers if scope["type"] == "http" else send)

        return with_headers

    leading = [Route("/", current), Route("/current/{path:path}", current)]
    return Starlette(routes=[*leading, Mount("/", StaticFiles(directory=public, html=True))], middleware=[Middleware(headers)])


def serve(public: Path, host: str, port: int) -> None:
    """Serve until stopped. Raises UsageError when nothing has been published yet."""
    if not (public / "current.json").is_file():
        raise UsageError("nothing is published yet", where=public.name, next_step="bymaal run")
    import uvicorn

    print(f"http://{host}:{port}/  (stop with Ctrl-C)")
    uvicorn.run(application(public), host=host, port=port, log_level="warning", access_log=False)
