"""Show the public folder in a browser: static files with range requests, nothing computed."""

from __future__ import annotations

from pathlib import Path

from catalog.errors import UsageError


def application(public: Path):
    """The public folder as an ASGI application; `/` leads to the current release's pages.

    A release's files never change, so they may be kept for ever; the pointer and `current` must be asked for each time.
    """
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.requests import Request
    from starlette.responses import RedirectResponse
    from starlette.routing import Mount, Route
    from starlette.staticfiles import StaticFiles

    async def front(request: Request) -> RedirectResponse:
        return RedirectResponse("/current/site/")

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

    files = StaticFiles(directory=public, html=True, follow_symlink=True)
    return Starlette(routes=[Route("/", front), Mount("/", files)], middleware=[Middleware(headers)])


def serve(public: Path, host: str, port: int) -> None:
    """Serve until stopped. Raises UsageError when nothing has been published yet."""
    if not (public / "current.json").is_file():
        raise UsageError("nothing is published yet", where=public.name, next_step="bymaal run")
    import uvicorn

    print(f"http://{host}:{port}/  (stop with Ctrl-C)")
    uvicorn.run(application(public), host=host, port=port, log_level="warning", access_log=False)
