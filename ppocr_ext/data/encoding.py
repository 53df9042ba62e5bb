"""Which encoding a text file is in, told before anything is read wrongly."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from ppocr_ext.errors import UserError

_CHUNK = 1 << 22
_SAMPLE = 1 << 18  # bytes that the guess between legacy encodings is made on

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What Vietnamese cp1258 text looks like: letters followed by a combining tone mark byte.
_CP1258_TONES = frozenset(b"\xcc\xde\xd2\xec\xf2")


def detect_encoding(path: Path) -> str:
    """``utf-8``, ``utf-8-sig``, ``utf-16[-le|-be]``, ``utf-32``, ``gbk``, ``cp1258`` or ``cp1252``.

    UTF-8 is certain (the whole file was decoded); the legacy encodings are the likeliest guess.
    """
    with open(path, "rb") as stream:
        head = stream.read(_SAMPLE)
    for mark, name in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return name
    if head.count(0) > len(head) // 20:  # ASCII and Latin letters leave every other byte zero
        return "utf-16-le" if head[1::2].count(0) >= head[0::2].count(0) else "utf-16-be"
    if first_invalid_utf8(path) is None:
        return "utf-8"
    return _guess_legacy(_around_high_bytes(path))


def first_invalid_utf8(path: Path) -> int | None:
    """Byte offset of the first sequence that is not UTF-8; ``None`` when all of it is."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset = 0
    for chunk in _chunks(path):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            return offset - pending + error.start
        offset += len(chunk)
    return None


def require_utf8(path: Path, what: str) -> int:
    """Check that a text file is UTF-8 and return the length of its byte-order mark (0 or 3).

    Raises :class:`UserError` that names the encoding found and the cure.
    """
    encoding = detect_encoding(path)
    if encoding == "utf-8":
        return 0
    if encoding == "utf-8-sig":
        bad = first_invalid_utf8(path)
        if bad is None:
            return len(codecs.BOM_UTF8)
        encoding = _guess_legacy(_around_high_bytes(path))
    raise UserError(
        f"{what} {path} is not UTF-8; it looks like {encoding}",
        expected="UTF-8 text",
        cure=f'python tools/check_data.py --fix "{path}" writes a UTF-8 copy beside it',
    )


def _chunks(path: Path) -> Iterator[bytes]:
    """The file's bytes by chunks, then one empty chunk."""
    with open(path, "rb") as stream:
        while True:
            chunk = stream.read(_CHUNK)
            yield chunk
            if not chunk:
                return


def _around_high_bytes(path: Path) -> bytes:
    """Bytes of the file from the first that is not UTF-8 on, up to the sample size."""
    start = first_invalid_utf8(path) or 0
    with open(path, "rb") as stream:
        stream.seek(start)
        return stream.read(_SAMPLE)


def _guess_legacy(data: bytes) -> str:
    high = [byte for byte in data if byte >= 0x80]
    tones = sum(byte in _CP1258_TONES for byte in high)
    if _decodes(data, "gbk") and tones < len(high) // 8:
        return "gbk"
    return "cp1258" if tones and _decodes(data, "cp1258") else "cp1252"


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(data)
    except UnicodeDecodeError:
        return False
    return True
