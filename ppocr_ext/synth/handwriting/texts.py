"""What people write on forms, and how: addresses without commas, each word with a capital."""

from __future__ import annotations

import random
import re

from ppocr_ext.synth.fields import lexicon

_UNITS = re.compile(r"\b(?:Xã|Huyện|Tỉnh|Phường(?! \d)|Quận(?! \d)|Thị trấn|Thành phố|Thị xã) ")
_SHORT = {
    "Thành phố ": ("Tp ", "TP ", "Tp. ", "TP. ", "T.P "),
    "Thị trấn ": ("Tt ", "TT ", "T.T "),
    "Thị xã ": ("Tx ", "TX ", "T.X "),
    "Phường ": ("P ", "P. ", "F "),
    "Quận ": ("Q ", "Q. "),
    "Huyện ": ("H ", "H. "),
    "Tỉnh ": ("T ", "T. "),
}
_PLACES = (
    *("Thôn", "Thôn", "Xóm", "Xóm", "Ấp", "Ấp", "Tổ", "Khóm", "Bản", "Khu", "Khu Phố", "Kp", "Đội"),
    *("Tdp", "Tổ Dân Phố", "Buôn", "Làng", "Khối"),
)
# Where the tone of an open oa, oe, uy stands: on the first vowel (old), on the second (new).
_OLD = ("òa", "óa", "ỏa", "õa", "ọa", "òe", "óe", "ỏe", "õe", "ọe", "ùy", "úy", "ủy", "ũy", "ụy")
_NEW = ("oà", "oá", "oả", "oã", "oạ", "oè", "oé", "oẻ", "oẽ", "oẹ", "uỳ", "uý", "uỷ", "uỹ", "uỵ")
_OPEN = re.compile(rf"(?<![qQ])(?:{'|'.join(_OLD)})(?!\w)")
_AS_NEW = dict(zip(_OLD, _NEW, strict=True))


def form_address(rng: random.Random, ward: str) -> str:
    """``ward`` (``Xã Tam Giang, Huyện Núi Thành, Tỉnh Quảng Nam``) after a house or a village."""
    kind = rng.random()
    if kind < 0.45:
        lead = rng.choice(_PLACES)
        number = str(rng.randint(1, 30)) + rng.choice(("", "", "", "A", "B"))
        name = rng.choice(lexicon("given_names")) + " " + rng.choice(lexicon("given_names"))
        lead = f"{lead} {rng.choice((number, name, name))}"
    elif kind < 0.8:
        slashes = "/".join(str(rng.randint(1, 999)) for _ in range(rng.choice((1, 1, 2, 3))))
        number = (
            rng.choice(("", "Số ", "Sn ", "Hẻm ", "Ngõ ")) + slashes + rng.choice("    AB").strip()
        )
        lead = f"{number} {rng.choice(('', '', 'Đường '))}{rng.choice(lexicon('streets'))}"
    else:
        return ward
    return f"{lead}, {ward}"


def as_written(rng: random.Random, text: str) -> str:
    """``text`` as forms are filled in: units left out or shortened, seldom commas, tones as taught.

    Label and picture change together.
    """
    if rng.random() < 0.55:
        text = _UNITS.sub(lambda unit: "" if rng.random() < 0.8 else unit[0], text)
    if rng.random() < 0.4:
        for long, short in _SHORT.items():
            text = text.replace(long, rng.choice(short))
    if rng.random() < 0.6:
        text = text.replace(",", "")
    if rng.random() < 0.5 and "@" not in text and "www" not in text:
        text = text.title()
    if rng.random() < 0.5:
        text = _OPEN.sub(lambda found: _AS_NEW[found[0]], text)
    return " ".join(text.split())
