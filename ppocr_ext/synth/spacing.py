"""Spaces as printers set them, which are not those that the label has.

Software prints ``2 ) AMOXIL 5 mg``, ``khi ăn :`` and ``Ngày:01/02/2024``; whoever labels real
lines writes ``2) AMOXIL 5mg``, ``khi ăn:``, ``Ngày: 01/02/2024``. So labels are spaced by these
rules and only the picture is loose. Letters and signs are never changed.
"""

from __future__ import annotations

import random
import re

_NUMBER = re.compile(r"(?<=^\d)(?=\))|(?<=^\d\d)(?=\))")
_BEFORE_SIGN = re.compile(r"(?<=[^\W\d_])(?=[:;,+](?!/))|(?<=\))(?=[;,])")
_AFTER_SIGN = re.compile(r"(?<=[^\W\d_][:,;]) ")
_DOSE = re.compile(r"(?<=\d)(?=(?:mg|mcg|MG|UI|IU)\b)")
_DASH = re.compile(r"(?<=\d) - (?=\d)")
_JOINT = re.compile(r"(?<=\d)([/:])(?=\d\d)")


def loosened(rng: random.Random, text: str) -> str:
    """``text`` as careless software spaces it: the same signs, other spaces."""
    text = _NUMBER.sub(" ", text)
    if rng.random() < 0.5:
        text = _DOSE.sub(" ", text)
    if rng.random() < 0.1:
        text = _JOINT.sub(r" \1 ", text)
    if rng.random() < 0.6:
        text = _DASH.sub("-", text)
    return _BEFORE_SIGN.sub(" ", text) if rng.random() < 0.4 else _AFTER_SIGN.sub("", text)
