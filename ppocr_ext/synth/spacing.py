"""Spaces as printers set them, which are not those that the label has.

Software prints ``2 ) AMOXIL 5 mg``, ``khi ăn :`` and ``Ngày:01/02/2024``; whoever labels real
lines writes ``2) AMOXIL 5mg``, ``khi ăn:``, ``Ngày: 01/02/2024``. So labels of prescriptions are
spaced by these rules and only the picture is loose. Menus, codes and tills are labelled as they are
printed: there label and picture change together. Letters and signs are never changed.
"""

from __future__ import annotations

import random
import re

_NUMBER = re.compile(r"(?<=^\d)(?=\))|(?<=^\d\d)(?=\))")
_BEFORE_SIGN = re.compile(r"(?<=[^\W\d_])(?=[:;,+](?!/))|(?<=\))(?=[;,])")
_AFTER_SIGN = re.compile(r"(?<=[^\W\d_][:,;]) ")
_DOSE = re.compile(r"(?<=\d)(?=(?:mg|mcg|MG|UI|IU)\b)")
_DASH = re.compile(r"(?<=\d) - (?=\d)")
_TIGHT = (  # where print has no space though prose would, and how often a printer leaves it out
    (re.compile(r"(?<=[:;]) "), 0.35),
    (re.compile(r"(?<=,) "), 0.15),
    (re.compile(r"(?<=\d[.)]) (?=[^\W\d])"), 0.4),
    (re.compile(r"(?<=[^\W\d_]\.) (?=[^\W\d_])"), 0.3),
    (re.compile(r" (?=[-–/+x=] )| (?<=[-–/+x=] )"), 0.3),
    (re.compile(r"(?<=\d) (?=(?:mg|g|kg|ml|cm|mm|k|đ|%)\b)"), 0.5),
    (re.compile(r" (?=\()"), 0.1),
)
_WIDE = (  # and where it has one that prose would not have
    (re.compile(r"(?<=[^\W\d_])(?=[:;](?!/))"), 0.3),
    (re.compile(r"(?<=[^\W\d_])(?=[,!?])"), 0.3),
    (re.compile(r"(?<=\()(?=\w)|(?<=\w)(?=\))"), 0.3),
    (re.compile(r"(?<=\w)(?=/ ?[^\W\d_])|(?<=[^\W\d_]/)(?=[^\W\d_])"), 0.2),
    (re.compile(r"(?<=\d)(?=(?:mg|g|kg|ml|cm|mm|k|đ|%)\b)"), 0.25),
)
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


def as_printed(rng: random.Random, text: str) -> str:
    """``text`` with the spaces of some printer, for picture and label alike."""
    for places, put in ((_TIGHT, ""), (_WIDE, " ")):
        for pattern, share in places:
            if rng.random() < share:
                text = pattern.sub(put, text)
    return text
