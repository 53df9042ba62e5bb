"""Which split a text belongs to: a function of the text itself, so splits can never share one."""

from __future__ import annotations

import zlib
from typing import Literal, get_args

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
