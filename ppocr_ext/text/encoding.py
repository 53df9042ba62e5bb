"""Which encoding text is in, found before anything is read wrongly."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from ppocr_ext.console import way_to
from ppocr_ext.errors import UserError
from ppocr_ext.files import why_no_file
from ppocr_ext.text.letters import VIETNAMESE_LETTERS

_CHUNK = 1 << 22
_SAMPLE = 1 << 18  # bytes that the guess between code pages is made on

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# As cp1258 writes Vietnamese: ă â đ ê ô ơ ư are letters, a tone is a mark after its vowel.
_TONE = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_TONE_IN_PLACE = re.compile(f"(?i)[aăâeêioôơuưy]{_TONE.pattern}")
_VIETNAMESE_ALONE = re.compile("[ơưđƠƯĐ]")
_VIETNAMESE = frozenset(VIETNAMESE_LETTERS)
_FOREIGN = re.compile(rb"[\x80-\xff]+")
_CODE_PAGES = ("gbk", "cp1258", "cp1252")
_RARE = 20  # one letter in this many of a code page may be UTF-8 by chance
_LONGEST_RUN = 4  # bytes of Vietnamese beyond ASCII in a row, as in "được"; Chinese has more


def detect_encoding(path: Path) -> str:
    """``utf-8``, ``utf-8-sig``, ``utf-16[-le|-be]``, ``utf-32``, ``gbk``, ``cp1258`` or ``cp1252``.

    UTF-8 is certain (the whole file was decoded); the code pages are the likeliest guess.
    """
    with open(path, "rb") as stream:
        head = stream.read(_SAMPLE)
    for mark, name in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return name
    if head.count(0) > len(head) // 20:  # ASCII and Latin letters leave every other byte zero
        return "utf-16-le" if head[1::2].count(0) >= head[0::2].count(0) else "utf-16-be"
    bad = first_invalid_utf8(path)
    return "utf-8" if bad is None else code_page(_sample(path, bad))


def code_page(data: bytes) -> str:
    """``gbk``, ``cp1258`` or ``cp1252``: the likeliest of bytes that are not UTF-8."""
    vietnamese, chinese = _decoded(data, "cp1258"), _decoded(data, "gbk")
    tones = len(_TONE.findall(vietnamese))
    if tones and len(_TONE_IN_PLACE.findall(vietnamese)) > 0.8 * tones and not _runs_long(data):
        return "cp1258"
    if chinese and _is_common(chinese):
        return "gbk"
    return "cp1258" if _VIETNAMESE_ALONE.search(vietnamese) else "cp1252"


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


def encoding_of_most(path: Path) -> str:
    """As :func:`detect_encoding`, but UTF-8 where only some lines are of another encoding."""
    encoding = detect_encoding(path)
    return "utf-8" if encoding in _CODE_PAGES and _is_mostly_utf8(path) else encoding


def require_utf8(path: Path, what: str, cure: str) -> int:
    """Check that a text file is UTF-8 and return the length of its byte-order mark (0 or 3).

    Raises :class:`UserError` that names the encoding found; ``what`` is the file's role.
    """
    encoding = detect_encoding(path)
    if encoding == "utf-8":
        return 0
    bad = 0 if encoding.startswith("utf-16") else first_invalid_utf8(path)
    if encoding == "utf-8-sig":
        if bad is None:
            return len(codecs.BOM_UTF8)
        encoding = code_page(_sample(path, bad))
    place = f" (line {_line_number(path, bad)})" if bad else ""
    looks = f"it looks like {encoding}"
    if encoding in _CODE_PAGES and _is_mostly_utf8(path):
        looks = "most other lines are UTF-8"
    raise UserError(f"{what} {path} is not UTF-8{place}; {looks}", "UTF-8 text", cure)


def read_utf8(path: Path, what: str = "text file") -> str:
    """Read a whole UTF-8 file, its byte-order mark dropped and its line ends as they are.

    Raises :class:`UserError` when the file is missing, a folder, or in another encoding; ``what``
    names the file's role in the message.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(
            f"{what} {path} {why_no_file(path)}",
            "a UTF-8 text file",
            way_to(path) or "correct the path",
        )
    require_utf8(path, what, "save it again as UTF-8 from your editor, or convert it with iconv")
    return path.read_bytes().decode("utf-8-sig")


def _is_mostly_utf8(path: Path) -> bool:
    """Whether Vietnamese letters in UTF-8 are more than chance gives a code page."""
    valid = invalid = 0
    with open(path, "rb") as stream:
        for line in stream:
            for run in _FOREIGN.findall(line):
                text = _decoded(run, "utf-8")
                invalid += not text
                valid += not _VIETNAMESE.isdisjoint(text)
    return valid * _RARE > invalid


def _chunks(path: Path) -> Iterator[bytes]:
    """The file's bytes by chunks, then one empty chunk."""
    with open(path, "rb") as stream:
        while True:
            chunk = stream.read(_CHUNK)
            yield chunk
            if not chunk:
                return


def _sample(path: Path, start: int) -> bytes:
    """Whole lines from the one with byte ``start`` on; a longer line is cut."""
    with open(path, "rb") as stream:
        stream.seek(max(0, start - _SAMPLE))
        before = stream.read(min(start, _SAMPLE)).rpartition(b"\n")[2]
        data = before + stream.read(_SAMPLE)
    return data[: data.rfind(b"\n") + 1] or data


def _line_number(path: Path, offset: int) -> int:
    with open(path, "rb") as stream:
        return stream.read(offset).count(b"\n") + 1


def _decoded(data: bytes, encoding: str) -> str:
    """The text; empty when the bytes are not of this encoding."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return ""


def _is_common(chinese: str) -> bool:
    """Whether these are characters that are written: chance gives GBK's rare ones, too."""
    foreign = sum(character > "\x7f" for character in chinese)
    rare = len(chinese) - len(chinese.encode("gb2312", "ignore").decode("gb2312"))
    return rare <= 0.1 * foreign


def _runs_long(data: bytes) -> bool:
    """Whether bytes beyond ASCII come in longer runs than Vietnamese has."""
    runs = [len(run) for run in _FOREIGN.findall(data)]
    return sum(run for run in runs if run > _LONGEST_RUN) > 0.1 * sum(runs)
