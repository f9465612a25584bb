"""Show the public folder in a browser: static files with range requests, compression, negotiation and strict headers. Nothing is computed.

docs/serving.md tells how nginx and object storage do the same.
"""

from __future__ import annotations

import json
import os
import re
import socket
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from catalog.building.manifest import media_type
from catalog.errors import UsageError

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LANGUAGES = ("nb", "nn", "en")
SPOKEN = {"no": "nb"} | {language: language for language in LANGUAGES}
FORMATS = {
    "text/html": "site/",
    "text/turtle": "catalog.ttl",
    "application/ld+json": "catalog.jsonld",
    "application/rdf+xml": "catalog.rdf",
}
"""What the catalogue can be had as, the one for people first."""
PAGES = {"datasets": "datasets/{}", "indicators": "indicators/{}", "tables": "tables", "series": "tables", "services": "method"}
"""Kinds of things with names in the RDF, and the page about one."""
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'"
)
CONSOLE_POLICY = POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'; worker-src blob:")
"""The SQL console alone may compile WebAssembly, and starts a worker it made itself."""
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "cross-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "accept-ranges, content-length, content-range, etag",
}
FOR_EVER = "public, max-age=31536000, immutable"
_TEXT = re.compile(r"text/|application/(json|ld\+json|rdf\+xml|atom\+xml|xml|javascript)|image/svg")


def application(public: Path) -> Starlette:
    """The public folder as an ASGI application. `/`, `/current/…` and names in the RDF (`/catalog`, `/datasets/…`, `/indicators/…`) lead
    into the release that is current now.

    They redirect rather than serve, so that a reader who goes on clicking stays in one release while a new one goes out.
    A release's files never change and may be kept for ever; where the pointer leads must be asked each time.
    """
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.middleware import Middleware
    from starlette.responses import PlainTextResponse, RedirectResponse
    from starlette.routing import Mount, Route
    from starlette.staticfiles import StaticFiles

    def current() -> str:
        pointer = public / "current.json"
        if not pointer.is_file():
            raise HTTPException(503, "Nothing is published at the moment. /releases.json tells what happened.\n")
        return str(json.loads(pointer.read_bytes())["release"])

    async def lead(request: Request) -> Response:
        return RedirectResponse(f"/releases/{current()}/{quote(request.path_params['path'])}")

    async def negotiate(request: Request) -> Response:
        chosen = best(request.headers.get("accept", "*/*"), tuple(FORMATS))
        if chosen is None:
            return PlainTextResponse("available as: " + ", ".join(FORMATS) + "\n", 406, {"vary": "Accept"})
        path = FORMATS[chosen]
        kind, _, rest = request.url.path.strip("/").partition("/")
        page = PAGES.get(kind, "index").format(quote(rest.split("/")[0]))
        language = best(request.headers.get("accept-language", ""), tuple(SPOKEN)) or ("nb" if rest else None)
        if chosen == "text/html" and language:
            path = f"site/{SPOKEN[language]}/{page}.html"
        links = ", ".join(f'</current/{file}>; rel="alternate"; type="{kind}"' for kind, file in FORMATS.items())
        return RedirectResponse(f"/releases/{current()}/{path}", 303, {"vary": "Accept, Accept-Language", "link": links})

    async def robots(request: Request) -> Response:
        return PlainTextResponse(f"User-agent: *\nAllow: /\nSitemap: {request.base_url}current/site/sitemap.xml\n")

    async def pages(request: Request) -> Response:
        return RedirectResponse(f"/releases/{current()}/site/")

    leading = [
        Route("/", negotiate),
        Route("/catalog", negotiate),
        *(Route(f"/{kind}/{{path:path}}", negotiate) for kind in PAGES),
        Route("/robots.txt", robots),
        Route("/current", pages),
        Route("/current/", pages),
        Route("/current/{path:path}", lead),
    ]
    static = Mount("/", _gone(_packed(StaticFiles(directory=public, html=True), public), public))
    return Starlette(routes=[*leading, static], middleware=[Middleware(_with_headers)])


def best(wanted: str, offered: tuple[str, ...]) -> str | None:
    """What of the offered a header like `Accept` or `Accept-Language` asks for most; the first of them where it has no preference."""
    weights: dict[str, float] = {}
    for part in wanted.lower().split(","):
        name, *values = (piece.strip() for piece in part.split(";"))
        weight = next((value[2:] for value in values if value.startswith("q=")), "1")
        if name:
            weights[name] = float(weight) if re.fullmatch(r"[01](\.\d{1,3})?", weight) else 0.0

    def worth(one: str) -> float:
        close = (one, *(name for name in weights if name.split("-")[0] == one), f"{one.partition('/')[0]}/*", "*/*", "*")
        return next((weights[name] for name in close if name in weights), 0.0)

    found = max(offered, key=worth)
    return found if worth(found) > 0 else None


def policy(path: str) -> str:
    """The content security policy of a page. Only figures made for it may be shown inside other sites' pages."""
    if re.fullmatch(r"/releases/[^/]+/site/[a-z]{2}/console\.html", path):
        return f"{CONSOLE_POLICY}; frame-ancestors 'none'"
    inside = "*" if re.fullmatch(r"/releases/[^/]+/site/[a-z]{2}/embed/[^/]+\.html", path) else "'none'"
    return f"{POLICY}; frame-ancestors {inside}"


def _with_headers(app: ASGIApp) -> ASGIApp:
    """Caching, security and the right media type on every answer."""

    async def with_headers(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                path, status = scope["path"], message["status"]
                kept = path.startswith("/releases/") and status in (200, 206, 304)
                told = HEADERS | {"cache-control": FOR_EVER if kept else "no-cache", "content-security-policy": policy(path)}
                message["headers"] = [*message["headers"], *((name.encode(), value.encode()) for name, value in told.items())]
            await send(message)

        await app(scope, receive, send_with_headers)

    return with_headers


def _gone(app: ASGIApp, public: Path) -> ASGIApp:
    """410 with the reason, in the reader's language, for every file of a release that was deleted."""
    from starlette.requests import Request
    from starlette.responses import HTMLResponse

    async def gone(scope: Scope, receive: Receive, send: Send) -> None:
        release = re.match(r"/releases/(\d{4}-\d\d-\d\d\.\d+)(/|$)", scope["path"])
        language = SPOKEN[best(Request(scope).headers.get("accept-language", ""), tuple(SPOKEN)) or "nb"]
        page = public / "gone" / f"{release[1]}.{language}.html" if release else None
        if page and page.is_file():
            await HTMLResponse(page.read_bytes(), 410, {"vary": "Accept-Language", "content-language": language})(scope, receive, send)
        else:
            await app(scope, receive, send)

    return gone


def _packed(app: ASGIApp, public: Path) -> ASGIApp:
    """Files with their right media type; text packed as it is sent, or from the packed file beside it where there is one.

    What a reader asks for in ranges (the database, Parquet) is never packed: a range counts the bytes of the file.
    """

    async def packed(scope: Scope, receive: Receive, send: Send) -> None:
        asked = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        may_pack = "gzip" in asked.get("accept-encoding", "") and "range" not in asked and scope["method"] == "GET"
        path = scope["path"]
        beside = may_pack and ".." not in path and (public / f"{path.lstrip('/')}.gz").is_file()
        packer = zlib.compressobj(6, wbits=31) if may_pack and not beside else None
        is_text = False

        async def send_packed(message: Message) -> None:
            nonlocal is_text
            if message["type"] == "http.response.start":
                kind = media_type(Path(path)) if Path(path).suffix else "text/html"
                is_text = bool(_TEXT.match(kind)) and message["status"] == 200
                message["headers"] = _labelled(
                    message["headers"], message["status"], kind, beside=beside, packed=is_text and packer is not None
                )
                await send(message)
            elif is_text and packer is not None:
                last = not message.get("more_body", False)
                body = packer.compress(message.get("body", b"")) + (packer.flush() if last else b"")
                await send({**message, "body": body})
            else:
                await send(message)

        if beside:
            scope = {**scope, "path": f"{path}.gz", "raw_path": f"{path}.gz".encode()}
        await app(scope, receive, send_packed)

    return packed


def _labelled(headers: list[Any], status: int, kind: str, *, beside: bool, packed: bool) -> list[Any]:
    """The headers of an answer, for what it really holds."""
    found = dict(headers)
    if status in (200, 206, 304):
        text = bool(_TEXT.match(kind))
        if status != 304:
            found[b"content-type"] = (f"{kind}; charset=utf-8" if text else kind).encode()
        if text or beside:
            found[b"vary"] = b"Accept-Encoding"
        if (packed or beside) and status == 200:
            found[b"content-encoding"] = b"gzip"
            found.pop(b"accept-ranges", None)
        if packed:
            found.pop(b"content-length", None)
            if b"etag" in found:
                found[b"etag"] = b"W/" + found[b"etag"]
    return list(found.items())


def serve(public: Path, host: str, port: int) -> None:
    """Serve until stopped. Raises UsageError when nothing has been published yet, or nothing can listen there."""
    if not (public / "current.json").is_file():
        raise UsageError("nothing is published yet", where=public.name, next_step="bymaal run")
    import uvicorn

    try:
        door = socket.create_server((host, port))
    except OSError as error:
        raise UsageError(
            f"cannot listen: {os.strerror(error.errno or 0).lower()}",
            where=f"{host}:{port}",
            effect="nothing is served",
            next_step="stop what listens there, or choose another with --port",
        ) from error
    with door:
        print(f"http://{host}:{door.getsockname()[1]}/  (stop with Ctrl-C)", flush=True)
        config = uvicorn.Config(application(public), host=host, port=port, log_level="warning", access_log=False)
        uvicorn.Server(config).run(sockets=[door])
