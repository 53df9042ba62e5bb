"""Read a UTF-8 text file, or say in which encoding it seems to be written."""

from __future__ import annotations

import codecs
from pathlib import Path

from ppocr_ext.errors import UserError

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),  # before UTF-16: its mark begins with the same two bytes
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


def guess_encoding(data: bytes) -> str:
    """Name the likely encoding of bytes that are not UTF-8.

    GB18030 refuses most single accented bytes, so what it accepts is very likely Chinese Windows.
    The rest is an "ANSI" page of a Vietnamese or western Windows: bytes alone cannot tell which.
    """
    for mark, name in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return name
    if b"\0" in data:
        return "UTF-16 without a byte-order mark"
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return "Windows-1258 or Windows-1252 (ANSI)"
    return "GBK"


def read_utf8(path: Path, what: str = "text file") -> str:
    """Read a whole UTF-8 file, its byte-order mark dropped and its line ends as they are.

    Raises :class:`UserError` when the file is missing, a folder, or in another encoding; ``what``
    names the file's role in the message.
    """
    path = Path(path)
    if not path.is_file():
        found = "is a folder" if path.is_dir() else "does not exist"
        raise UserError(f"{what} {path} {found}", "a UTF-8 text file", "correct the path")
    data = path.read_bytes()
    try:
        if b"\0" not in data:
            return data.decode("utf-8-sig")
        place = ""
    except UnicodeDecodeError as error:
        place = f" (line {data.count(10, 0, error.start) + 1})"
    raise UserError(
        f"{what} {path} is not UTF-8: it looks like {guess_encoding(data)}{place}",
        "UTF-8",
        "save it again as UTF-8 from your editor, or convert it with iconv",
    )
