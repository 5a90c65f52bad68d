"""What is served, and to whom: this machine alone can connect, and on it whoever has the key that its owner alone can read.

Others who work on the machine can connect too, and internal pages are none of theirs. Who opens the address with the key once,
which `pmm pages` prints, has it as a cookie from then on.
"""

from __future__ import annotations

import html
import os
import secrets
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from orchestration.disclosure.audiences import AUDIENCES
from orchestration.inputs.home import STYLE
from orchestration.serving.address import CHECKS, DBT, HOST, REPORT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from orchestration.inputs.home import Home

KEY = "key"
"""The parameter of the first address, and with the port the name of the cookie."""
HEADERS = {
    "Content-Security-Policy": "default-src 'self' 'unsafe-inline' data:; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""Pages ask nobody else for anything, stand in nobody else's page, and leave nothing behind."""


def key_of(home: Home) -> str:
    """The key of a home's pages; made where there is none, in a file that its owner alone can read."""
    path = home.warehouse / ".pages_key"
    home.warehouse.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(24))
    except FileExistsError:
        pass
    return path.read_text(encoding="utf-8")


def app_of(home: Home, port: int) -> Starlette:
    """The application.

    Args:
        home: whose pages are served.
        port: that it listens on.
    """

    def index(_: Request) -> Response:
        items = "".join(f'<li><a href="{address}">{html.escape(name)}</a></li>' for address, name in _there(home))
        body = f"<ul>{items}</ul>" if items else "<p>Nothing is there yet: pmm refresh --cycle NAME.</p>"
        head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>PMM</title>'
        style = f"<style>{STYLE.read_text(encoding='utf-8')}</style>"
        main = f'<main><h1>PMM warehouse</h1><p class="lead">{html.escape(str(home.path))}</p>{body}</main>'
        return HTMLResponse(f'<!doctype html><html lang="en"><head>{head}{style}</head><body>{main}</body></html>')

    def icon(_: Request) -> Response:
        return Response(status_code=204)  # browsers ask for one

    folders = {
        CHECKS: home.data_docs,
        DBT: home.warehouse / "dbt_docs",
        **{f"{REPORT}/{audience}": home.published_report(audience).parent for audience in AUDIENCES},
    }
    # folders may come later, and what is current is a link to a publication
    mounts = [
        Mount(f"/{name}", StaticFiles(directory=folder, html=True, follow_symlink=True, check_dir=False))
        for name, folder in folders.items()
    ]
    return Starlette(
        routes=[Route("/", index), Route("/favicon.ico", icon), *mounts],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"]),
            Middleware(_Keyed, key=key_of(home), cookie=f"pmm_pages_{port}"),
        ],
    )


def _there(home: Home) -> Iterator[tuple[str, str]]:
    """The first page of each part that is there, and what it is."""
    pages: list[tuple[Path, str, str]] = [
        (home.published_report(name), f"/{REPORT}/{name}/index.html", f"Report, {name}: for {audience.description}")
        for name, audience in AUDIENCES.items()
    ]
    pages.append((home.data_docs / "index.html", f"/{CHECKS}/index.html", "Checks of all cycles"))
    pages.append(
        (home.warehouse / "dbt_docs" / "static_index.html", f"/{DBT}/static_index.html", "dbt: models, columns, lineage")
    )
    for path, address, name in pages:
        if path.is_file():
            yield address, name


class _Keyed:
    """Lets through who has the key, and puts the headers on every answer."""

    def __init__(self, app: ASGIApp, key: str, cookie: str) -> None:
        self.app, self.key, self.cookie = app, key, cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.middleware.base import BaseHTTPMiddleware

        await BaseHTTPMiddleware(self.app, self._answer)(scope, receive, send)

    async def _answer(self, request: Request, onward: Callable[[Request], Awaitable[Response]]) -> Response:
        given = request.query_params.get(KEY)
        response: Response
        if given is not None and secrets.compare_digest(given.encode(), self.key.encode()):
            # out of the address bar, of what others see over a shoulder and of bookmarks
            response = RedirectResponse(request.url.remove_query_params(KEY).path)
            response.set_cookie(self.cookie, self.key, httponly=True, samesite="lax", max_age=30 * 24 * 3600)
        elif secrets.compare_digest(request.cookies.get(self.cookie, "").encode(), self.key.encode()):
            response = await onward(request)
        else:
            response = PlainTextResponse("Open the address that pmm pages printed once; it has the key to these pages.", 403)
        response.headers.update(HEADERS)
        return response
