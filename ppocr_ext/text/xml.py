"""XML and HTML of strangers: no entity is expanded, no DTD loaded, nothing fetched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from ppocr_ext.text.encoding import encoding_of_most

_SAFE: dict[str, Any] = {"no_network": True, "remove_comments": True, "remove_pis": True}
_XML: dict[str, Any] = {**_SAFE, "resolve_entities": False, "load_dtd": False}


def root_of(path: Path, is_html: bool = False) -> Any:
    """The root element. Raises ValueError with the line of what is damaged."""
    parser = etree.HTMLParser(encoding="utf-8", **_SAFE) if is_html else etree.XMLParser(**_XML)
    data = path.read_bytes()
    if is_html:  # which names its encoding as it likes
        text = data.decode(encoding_of_most(path), "replace").replace("\0", "\ufffd")
        data = text.encode("utf-8", "replace")
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"line {error.lineno}: {error.msg}") from None
    if root is None:
        raise ValueError("holds no element")
    _require_no_entities(root)
    return root


def each_of(path: Path, tags: tuple[str, ...]) -> Iterator[tuple[int, Any]]:
    """(line, element) of some tags, one in memory at a time; the error where the file breaks."""
    try:
        with open(path, "rb") as stream:
            for _, element in etree.iterparse(stream, tag=tags, **_XML):
                _require_no_entities(element)
                yield element.sourceline, element
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        yield error.lineno, ValueError(error.msg)


def _require_no_entities(element: Any) -> None:
    dtd = element.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):
        raise ValueError("declares entities, which are not read")
