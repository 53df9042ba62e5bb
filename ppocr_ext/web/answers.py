"""Routes of functions that return JSON or raise why not."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from ppocr_ext.errors import UserError, disk_error
from ppocr_ext.transforms.image import UnreadableImage
from ppocr_ext.web.guard import Access, Guard, error

_BODY = 4 << 20  # bytes
_LOW = 200  # pixels of height of a picture that is sent as it is
_FOR_BROWSERS = {".jpg": "jpeg", ".jpeg": "jpeg", ".png": "png", ".gif": "gif", ".webp": "webp"}
_FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}
Answer = dict[str, Any] | Response


class Problem(Exception):
    """status, code and what was found, as :func:`error` takes them."""


def application(routes: Sequence[BaseRoute], static: Path, access: Access) -> Starlette:
    """What is served: the routes, the files of a folder under ``/static``, its ``index.html``."""

    def index(request: Request) -> Response:
        return FileResponse(static / "index.html")

    own = [Route("/", index), Mount("/static", StaticFiles(directory=static))]
    return Starlette(routes=[*own, *routes], middleware=[Middleware(Guard, access=access)])


def get(
    path: str,
    function: Callable[[Request], Answer],
    lock: AbstractContextManager[Any] | None = None,
) -> Route:
    """A route to read; ``lock`` is held meanwhile."""

    def endpoint(request: Request) -> Response:
        with lock or nullcontext():
            return _answer(lambda: function(request))

    return Route(path, endpoint, methods=["GET"])


def post(path: str, function: Callable[[dict[str, Any]], Answer]) -> Route:
    """A route that takes a JSON object."""

    async def endpoint(request: Request) -> Response:
        data = b""
        async for part in request.stream():
            data += part
            if len(data) > _BODY:
                return error(413, "too_large", f"a body above {_BODY >> 20} MB")
        return await run_in_threadpool(_answer, lambda: function(_parsed(data)))

    return Route(path, endpoint, methods=["POST"])


def picture(path: Path | None, pixels: Callable[[], np.ndarray]) -> Response:
    """A picture's file where every browser shows it, else ``pixels``, uint8 BGR; it never changes
    under its address. Raises :class:`UnreadableImage`."""
    if path is not None and (kind := _FOR_BROWSERS.get(path.suffix.lower())):
        if not path.is_file():
            raise UnreadableImage("no such file")
        return FileResponse(path, media_type=f"image/{kind}", headers=_FOREVER)
    image = pixels()
    kind = "png" if image.shape[0] <= _LOW else "jpeg"
    data = cv2.imencode(f".{kind}", image)[1].tobytes()
    return Response(data, media_type=f"image/{kind}", headers=_FOREVER)


def field(body: dict[str, Any], name: str, kind: Any) -> Any:
    """A value that must be there. Raises :class:`Problem`."""
    value = body.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Problem(400, "bad_request", name)
    return value


def number(request: Request, name: str) -> int:
    """Of the query, 0 without one. Raises :class:`Problem`."""
    text = request.query_params.get(name, "0")
    if not (text.isascii() and text.isdigit()) or len(text) > 12:
        raise Problem(400, "bad_request", name)
    return int(text)


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Problem(400, "bad_request", "the body is not a JSON object")
    return body


def _answer(function: Callable[[], Answer]) -> Response:
    """What it returns, or the error that it raises."""
    try:
        found = function()
        return found if isinstance(found, Response) else JSONResponse(found)
    except Problem as problem:
        return error(*problem.args)
    except UnreadableImage as reason:
        return error(422, "unreadable", str(reason))
    except UserError as reason:
        return error(409, "files_changed", reason.found, reason.expected, reason.cure)
    except OSError as reason:
        known = disk_error(reason) or UserError(str(reason))
        return error(507, "disk", known.found, "a disk that can be written", known.cure)
