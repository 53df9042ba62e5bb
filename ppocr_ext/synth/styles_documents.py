"""Looks of official papers: from their files, on screens, scanned, faxed, photographed. Data only.

Fonts of a category that is not there (see catalogue.py) leave their share to the others.
"""

from __future__ import annotations

from dataclasses import replace

from ppocr_ext.synth.style import Style

_OFFICIAL = {
    **{"times": 0.3, "official": 0.35, "italic": 0.15},
    **{"arial": 0.05, "grotesk": 0.03, "serif": 0.06, "book": 0.03, "sans": 0.03},
}
_MIXED = {
    **{"times": 0.2, "official": 0.15, "italic": 0.1, "arial": 0.1, "grotesk": 0.08},
    **{"serif": 0.12, "book": 0.08, "sans": 0.12, "typewriter": 0.05},
}
_TOPICS = {
    "office": 0.42,
    "law": 0.28,
    "name": 0.04,
    "address": 0.04,
    "code": 0.03,
    "date": 0.02,
    "form": 0.03,
    "heading": 0.03,
    "bulleted": 0.03,
    "syllables": 0.03,
    "word": 0.02,
    "money_in_words": 0.01,
    "science": 0.01,
    "contact": 0.01,
}
_SHEET = {
    "prescription": 0.3,
    "dose": 0.08,
    "science": 0.1,
    "law": 0.18,
    "form": 0.08,
    "bulleted": 0.06,
    "name": 0.04,
    "code": 0.03,
    "contact": 0.05,
    "word": 0.04,
    "syllables": 0.04,
}

# A page of a file, as a viewer draws it: no hinting, letters between pixels.
_FILE = Style(
    ground="white",
    topics=_TOPICS,
    fonts=_OFFICIAL,
    height=(20, 48),
    fill=(0.52, 0.92),
    tight=0.6,
    oversample=2,
    stretch=(0.96, 1.04),
    tracking=0.03,
    margin=(0.0, 0.3),
    justified=0.3,
    words=0.08,
    stacked=0.75,
    embolden=0.06,
    emphatic=0.5,
    emphasis=0.12,
    gaps=0.06,
    furniture={"above": 0.3, "below": 0.3, "cell": 0.15, "underline": 0.04, "frame": 0.03},
    coloured=0.04,
    texture=0.0,
    camera={"seal": 0.05, "enlarge": 0.2, "blur": 0.15, "sharpen": 0.05, "jpeg": 0.3},
)

DOCUMENTS: dict[str, Style] = {
    "file": _FILE,
    # 72 to 110 dots an inch: letters of 8 to 16 pixels an em
    "file_small": replace(
        _FILE,
        height=(12, 21),
        oversample=3,
        least=9,
        stretch=(0.98, 1.02),
        camera={"seal": 0.04, "enlarge": 0.35, "sharpen": 0.08, "jpeg": 0.35},
    ),
    # the same on a screen, hinted to its pixels
    "screen_small": replace(
        _FILE,
        ground="screen",
        topics={},
        fonts=_MIXED,
        height=(13, 22),
        oversample=1,
        least=9,
        subpixel=0.35,
        invert=0.08,
        coloured=0.1,
        camera={"enlarge": 0.3, "blur": 0.1, "sharpen": 0.1, "jpeg": 0.4},
    ),
    # prescriptions, lists of tests, forms: the one kind whose labels are tidier than its print
    "sheet": replace(
        _FILE,
        topics=_SHEET,
        height=(16, 46),
        loose=0.5,
        justified=0.05,
        gaps=0.2,
        furniture={"above": 0.3, "below": 0.25, "cell": 0.1, "frame": 0.05},
        camera={"enlarge": 0.5, "blur": 0.35, "jpeg": 0.6},
    ),
    "scan": Style(
        ground="scan",
        topics=_TOPICS,
        fonts=_OFFICIAL,
        height=(22, 50),
        tight=0.6,
        oversample=2,
        stretch=(0.96, 1.05),
        justified=0.25,
        stacked=0.75,
        emphatic=0.45,
        emphasis=0.1,
        furniture={"above": 0.3, "below": 0.3, "cell": 0.1, "underline": 0.05, "leader": 0.03},
        coloured=0.04,
        texture=0.3,
        rotate=0.8,
        effects={
            **{"bleed": 0.25, "faint": 0.25, "patchy": 0.15, "speckle": 0.25},
            **{"dropout": 0.05, "hollow": 0.04},
        },
        camera={
            "show_through": 0.2,
            "seal": 0.12,
            "pen": 0.12,
            "contrast": 0.4,
            "shade": 0.1,
            "blur": 0.35,
            "shrink": 0.12,
            "noise": 0.4,
            "bilevel": 0.18,
            "sharpen": 0.15,
            "jpeg": 0.6,
        },
    ),
    # a rubber stamp's words, a clerk's or a shop's
    "stamped": Style(
        ground="scan",
        prose=False,
        topics={"stamped": 0.4, "name": 0.25, "office": 0.15, "heading": 0.1, "date": 0.1},
        fonts=_MIXED,
        height=(22, 56),
        oversample=2,
        stacked=0.5,
        emphatic=0.6,
        no_marks=0.05,
        capitals=0.4,
        furniture={"frame": 0.2, "above": 0.15, "below": 0.15},
        coloured=0.85,
        rotate=4.0,
        effects={"patchy": 0.6, "faint": 0.3, "speckle": 0.5, "dropout": 0.4, "bleed": 0.3},
        camera={"pen": 0.15, "contrast": 0.3, "blur": 0.3, "noise": 0.3, "jpeg": 0.6},
    ),
    "fax": Style(
        ground="white",
        topics=_TOPICS,
        fonts=_MIXED,
        height=(22, 46),
        oversample=2,
        stretch=(0.94, 1.08),
        justified=0.15,
        stacked=0.7,
        emphatic=0.3,
        furniture={"above": 0.3, "below": 0.3, "cell": 0.12, "table": 0.05, "underline": 0.06},
        coloured=0.0,
        texture=0.0,
        rotate=1.0,
        effects={"bleed": 0.35, "faint": 0.25, "patchy": 0.15},
        camera={"fax": 0.45, "bilevel": 0.6, "blur": 0.15, "jpeg": 0.2},
    ),
    "photo_page": Style(
        ground="photo",
        fonts=_MIXED,
        height=(14, 36),
        oversample=2,
        justified=0.2,
        stacked=0.6,
        emphatic=0.3,
        furniture={"above": 0.35, "below": 0.35, "cell": 0.1, "underline": 0.05},
        rotate=2.5,
        bend=0.06,
        effects={"bleed": 0.2, "faint": 0.25, "patchy": 0.15, "speckle": 0.1},
        camera={
            "seal": 0.05,
            "pen": 0.05,
            "keystone": 0.35,
            "glare": 0.2,
            "moire": 0.08,
            "contrast": 0.4,
            "shade": 0.5,
            "blur": 0.5,
            "motion": 0.15,
            "shrink": 0.35,
            "noise": 0.5,
            "sharpen": 0.3,
            "jpeg": 0.8,
        },
    ),
}
"""Style by name."""
