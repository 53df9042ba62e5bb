"""How many lines of which looks and texts a data set holds, and which split a text belongs to."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from ppocr_ext.console import tool_command
from ppocr_ext.errors import UserError
from ppocr_ext.text import strip_marks

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

_BUCKETS = 16  # one sixteenth of all texts is for validation, another one for tests


def split_of(text: str) -> Split:
    """The only split that may use ``text``.

    Case, marks and spaces do not count: what training has seen as ``Tổng cộng`` cannot come back
    in validation as ``TONG CONG``.
    """
    key = "".join(strip_marks(text).casefold().split())
    bucket = zlib.crc32(key.encode("utf-8")) % _BUCKETS
    return "val" if bucket == 0 else "test" if bucket == 1 else "train"


@dataclass(frozen=True)
class Preset:
    """A recipe. ``lengths``: fewest, usual and most characters of a line.

    ``aspect`` is the widest line allowed, width over height. ``balance`` is the share of lines that
    get a syllable with a letter drawn evenly from the 134. ``strength`` scales every degradation.
    """

    lines: Mapping[str, int]  # split → how many
    styles: Mapping[str, float]
    topics: Mapping[str, float]
    lengths: tuple[int, int, int] = (3, 22, 40)
    aspect: float = 12.0
    balance: float = 0.2
    pairs: float = 0.0  # share of lines that get one of characters that are taken for each other
    capitals: float = 0.1  # share of lines in capitals, beside those that are by themselves
    strength: float = 1.0
    long_lines: float = 0.0  # of the looks with prose, share of lines of 50 to 120 characters
    part: int = 1000  # lines of a resumable part, which is one folder of images
    format: str = "jpg"


_TOPICS = {
    "law": 0.22,
    "address": 0.14,
    "name": 0.06,
    "syllables": 0.08,
    "word": 0.06,
    "joined": 0.02,
    "heading": 0.07,
    "shop": 0.02,
    "stamp": 0.02,
    "total": 0.02,
    "total_sum": 0.02,
    "till": 0.03,
    "form": 0.06,
    "prescription": 0.06,
    "goods": 0.03,
    "money": 0.01,
    "money_in_words": 0.02,
    "date": 0.01,
    "number": 0.015,
    "phone": 0.01,
    "code": 0.015,
    "plate": 0.005,
    "email": 0.015,
    "measure": 0.01,
}

_REAL = {
    "page": 0.14,
    "office": 0.24,
    "screen": 0.1,
    "receipt": 0.26,
    "needles": 0.04,
    "form": 0.06,
    "phone": 0.06,
    "sign": 0.03,
    "colour": 0.04,
    "ornate": 0.03,
}

_SCANS = {
    "file": 0.18,
    "file_small": 0.22,
    "screen_small": 0.1,
    "sheet": 0.18,
    "scan": 0.17,
    "fax": 0.04,
    "stamped": 0.03,
    "photo_page": 0.08,
}
_SIGNS = {"menu_card": 0.35, "menu_board": 0.3, "signboard": 0.25, "display": 0.1}
_THERMAL = {"thermal_scan": 0.42, "thermal_photo": 0.38, "unmarked": 0.2}


_ALL = {  # shares of the whole; print that is not set apart first
    **{"page": 0.08, "form": 0.04, "phone": 0.04, "sign": 0.02, "colour": 0.03, "ornate": 0.02},
    **{"till": 0.11, "needles": 0.02, "desk": 0.04},
    **{style: 0.3 * share for style, share in _SCANS.items()},
    **{style: 0.14 * share for style, share in _SIGNS.items()},
    **{style: 0.18 * share for style, share in _THERMAL.items()},
    "hand": 0.25,
}

_NUMBERS = {
    "number": 0.2,
    "money": 0.2,
    "date": 0.2,
    "phone": 0.1,
    "code": 0.1,
    "plate": 0.1,
    "measure": 0.1,
}


def _test(styles: Mapping[str, float], **changes: Any) -> Preset:
    """A part of the public test: fonts and texts that neither training nor validation has."""
    usual: dict[str, Any] = {
        "topics": _TOPICS,
        "balance": 0.1,
        "aspect": 45.0,
        "lengths": (4, 24, 48),
    }
    return Preset(lines={"test": 500}, styles=styles, part=500, **{**usual, **changes})


_PLAIN = Preset(
    lines={"train": 5600, "val": 400},
    styles={"plain": 1.0},
    topics=_TOPICS,
    lengths=(4, 20, 32),
    aspect=10.0,
    strength=0.5,
    part=400,
)

_KIND = Preset(
    lines={"train": 40_000, "val": 1_000},
    styles={},
    topics=_TOPICS,
    lengths=(2, 24, 56),
    aspect=45.0,
    balance=0.15,
    pairs=0.12,
    capitals=0.06,
    long_lines=0.14,
)

# Their names are listed in config/schema/data.py, too, where a config is checked.
PRESETS: dict[str, Preset] = {
    # a look that none of the others has: what the published model is adapted to
    "quick": replace(_PLAIN, styles={"plate": 1.0}, aspect=12.0),
    "plain": _PLAIN,
    "huge": Preset(
        lines={"train": 110_000, "val": 2_000},
        styles=_REAL,
        topics=_TOPICS,
        lengths=(2, 24, 56),
        aspect=45.0,
        balance=0.12,
        capitals=0.05,
        long_lines=0.16,
    ),
    "mega": Preset(
        lines={"train": 1_000_000, "val": 4_000},
        styles=_REAL,
        topics=_TOPICS,
        lengths=(2, 24, 64),
        aspect=45.0,
        balance=0.12,
        capitals=0.05,
        long_lines=0.16,
        part=2000,
    ),
    "scans": replace(_KIND, styles=_SCANS),
    "signs": replace(_KIND, styles=_SIGNS, lengths=(2, 20, 44)),
    "thermal": replace(_KIND, styles=_THERMAL, lengths=(2, 14, 36), balance=0.0),
    "all": replace(
        _KIND,
        lines={"train": 1_500_000, "val": 4_000},
        styles=_ALL,
        lengths=(2, 24, 64),
        part=2000,
    ),
    # written by hand: names, addresses and what forms ask for
    "handwriting": Preset(
        lines={"train": 60_000, "val": 1_500},
        styles={"hand": 1.0},
        topics=_TOPICS,
        lengths=(6, 70, 96),
        aspect=45.0,
        balance=0.06,
        capitals=0.03,
        strength=0.7,
    ),
    "test_clean": _test({"plain": 1.0}, strength=0.3),
    "test_degraded": _test({**_REAL, "page": 0.1}),
    "test_long": _test({"page": 0.6, "screen": 0.4}, strength=0.4, long_lines=1.0),
    "test_capitals": _test({"page": 0.5, "sign": 0.5}, capitals=1.0),
    "test_numbers": _test(_REAL, topics=_NUMBERS),
    "test_scans": _test(_SCANS, pairs=0.1),
    "test_signs": _test(_SIGNS, pairs=0.1, lengths=(2, 20, 44)),
    # print without Vietnamese letters, which the model that training starts from reads as well
    "test_no_marks": _test(_THERMAL, balance=0.0, lengths=(2, 14, 36)),
}

FORMER_NAMES = {"plates": "quick"}
"""Names that presets had before: commands with them still draw the same lines."""

TEST_PARTS = tuple(name for name in PRESETS if name.startswith("test_"))
"""The public synthetic test: fonts and texts that neither training nor validation has."""


def how_to_make(folder: Path) -> str:
    """The command that makes the set of the preset that ``folder`` is named after; or words."""
    if folder.name not in PRESETS:
        return "correct the path"
    return tool_command("make_data.py", "--preset", folder.name, "--output", folder)


def load_preset(name: str, lines: Mapping[str, int] | None = None) -> Preset:
    """A preset by name, with other numbers of lines if given; ``UserError`` for bad values."""
    preset = PRESETS.get(FORMER_NAMES.get(name, name))
    if preset is None:
        raise UserError(f"unknown preset {name!r}", f"one of {', '.join(PRESETS)}")
    for split, count in (lines or {}).items():
        if count < 1:
            raise UserError(f"{count} {split} lines were requested", "1 or more")
    return replace(preset, lines={**preset.lines, **(lines or {})})
