"""Who may look and who may write: tokens, hosts and origins of requests."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS = {
    "Content-Security-Policy": "default-src 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_MONTH = 30 * 86400  # seconds


@dataclass(frozen=True)
class Access:
    """write, read: the tokens; hosts: names under which the page may be asked for, with the port:
    another one means that a foreign page has its name resolved to this machine."""

    write: str
    read: str
    hosts: frozenset[str]
    port: int

    @property
    def cookie(self) -> str:
        """Cookies belong to a host, whatever the port."""
        return f"label_{self.port}"

    def role_of(self, token: str) -> str:
        """write, read, or nothing; compared in constant time."""
        given = token.encode("utf-8", "replace")
        if hmac.compare_digest(given, self.write.encode()):
            return "write"
        return "read" if hmac.compare_digest(given, self.read.encode()) else ""


def error(status: int, code: str, found: str, expected: str = "", cure: str = "") -> JSONResponse:
    """Every answer that is no success."""
    body = {"code": code, "found": found, "expected": expected, "cure": cure}
    return JSONResponse({"error": body}, status_code=status)


class Guard:
    """Lets through what comes with a token and from our own page."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app, self.access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        is_web = scope["type"] == "http"
        answer = (self._refusal(scope) if is_web else None) or self.app
        await answer(scope, receive, send_safely)

    def _refusal(self, scope: Scope) -> Response | None:
        request, headers, access = Request(scope), Headers(scope=scope), self.access
        path, host = request.url.path, headers.get("host", "")
        if host not in access.hosts:
            return error(400, "bad_host", f"the host {host[:100]}", "the address that was printed")
        given = request.query_params.get("token") if path == "/" else None
        role = access.role_of(given or request.cookies.get(access.cookie, ""))
        if not role:
            cure = "open the address that label.py printed"
            return error(401, "no_token", "a request without a valid token", "a token", cure)
        if given:  # it leaves the address at once, which histories and logs keep
            answer = RedirectResponse("/", status_code=303)
            how = {"httponly": True, "max_age": _MONTH}
            answer.set_cookie(access.cookie, given, samesite="strict", **how)  # type: ignore[arg-type]
            return answer
        scope["role"] = role
        origin = headers.get("origin", "")
        if scope["method"] in ("GET", "HEAD"):
            return None
        if origin not in {f"http://{name}" for name in access.hosts}:
            return error(403, "bad_origin", f"the origin {origin[:100]}", "this page")
        if role == "read" and path != "/api/check":
            return error(403, "read_only", "a token that only reads", "the other address")
        return None
