"""Lines of offices, menus and signs: templates of ``lexicon/*_lines.txt`` with filled slots.

Each is a function of a :class:`random.Random`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from functools import cache

from ppocr_ext.synth.fields import (
    Field,
    digits,
    email,
    grouped,
    lexicon,
    person,
    phone,
    street,
)
from ppocr_ext.synth.receipts import clock_time, invented_name

_SLOT = re.compile(r"\{(\w+)\}")
_PROVINCES = (
    *("An Giang", "Bắc Ninh", "Cà Mau", "Cao Bằng", "Cần Thơ", "Đà Nẵng", "Đắk Lắk", "Điện Biên"),
    *("Đồng Nai", "Đồng Tháp", "Gia Lai", "Hà Nội", "Hà Tĩnh", "Hải Phòng", "Huế", "Hưng Yên"),
    *("Khánh Hòa", "Lai Châu", "Lạng Sơn", "Lào Cai", "Lâm Đồng", "Nghệ An", "Ninh Bình"),
    *("Phú Thọ", "Quảng Ngãi", "Quảng Ninh", "Quảng Trị", "Sơn La", "Tây Ninh", "Thái Nguyên"),
    *("Thanh Hóa", "Tuyên Quang", "Vĩnh Long", "Bình Dương", "Bến Tre", "Hậu Giang", "Kon Tum"),
)
_HEADS = (
    *("Chủ tịch", "Phó Chủ tịch", "CT", "PCT", "các PCT", "Lãnh đạo", "Chánh VP", "CVP", "PCVP"),
    *("Các Phó CVP", "Cổng TTĐT", "Thường trực", "TT", "Văn phòng", "VP", "Công báo", "Đài PTTH"),
    *("Các Ban Đảng", "Thanh tra", "Trung tâm PVHCC", "Các phòng chuyên môn", "Tổ trưởng Tổ CNTT"),
)
_SEATS = (
    *("UBND tỉnh", "UBND tỉnh", "tỉnh", "tỉnh", "HĐND tỉnh", "UBND thành phố", "Tỉnh ủy", "huyện"),
    *("VP UBND tỉnh", "UBND TP", "thành phố", "Thành ủy", "UBMTTQ tỉnh", "UBND huyện", "tổ chức"),
)
_PAPERS = ("QĐ", "NQ", "TB", "CV", "KH", "TTr", "BC", "GM", "HD", "CT", "QĐ", "TTr")
_ISSUERS = ("UBND", "HĐND", "SYT", "STP", "SNV", "STC", "SXD", "SGDĐT", "SNNMT", "BYT", "BTP")
_MINISTRIES = ("BTC", "BYT", "BNV", "BTP", "BXD", "BCT", "BGDĐT", "BCA", "BNNMT", "BKHCN", "VPCP")


def _year(rng: random.Random) -> str:
    return str(rng.randint(1998, 2027))


def _day(rng: random.Random) -> str:
    return f"{rng.randint(1, 31):{rng.choice(('02d', '02d', 'd'))}}"


def _month(rng: random.Random) -> str:
    return f"{rng.randint(1, 12):{rng.choice(('02d', 'd'))}}"


def _date(rng: random.Random) -> str:
    joint = rng.choice("//////-.")
    return f"{_day(rng)}{joint}{_month(rng)}{joint}{_year(rng)}"


def _paper(rng: random.Random) -> str:
    return f"{rng.randint(1, 6000)}/{rng.choice(_PAPERS)}-{rng.choice(_ISSUERS)}"


def _decree(rng: random.Random) -> str:
    return f"{rng.randint(1, 170):02d}/{_year(rng)}/NĐ-CP"


def _circular(rng: random.Random) -> str:
    return f"{rng.randint(1, 99):02d}/{_year(rng)}/TT-{rng.choice(_MINISTRIES)}"


def _small(rng: random.Random) -> str:
    return str(rng.choice((rng.randint(1, 9), rng.randint(1, 9), rng.randint(1, 60))))


def _price(rng: random.Random) -> str:
    """``45.000``, ``45k``, ``45.000đ``: what menus and signs print."""
    thousands = rng.choice((rng.randint(5, 99), rng.randint(5, 60) * 5, rng.randint(100, 2500)))
    kind = rng.random()
    if kind < 0.3:
        return f"{thousands}{rng.choice(('k', 'K', ' K', '.K'))}"
    unit = rng.choice(("", "", "", "đ", "đ", " đ", " Đ", " VNĐ", "VNĐ", " VND", " vnđ", "₫"))
    return grouped(thousands * 1000, rng.choice("...,")) + unit


def dish(rng: random.Random) -> str:
    """``Lẩu gà ớt hiểm``, ``Cá lóc nướng trui``, or a packaged good."""
    kind = rng.random()
    if kind < 0.12:
        text = rng.choice(lexicon("goods"))
    elif kind < 0.2:
        text = rng.choice(lexicon("foreign"))
    else:
        parts = [rng.choice(lexicon("dish_mains"))]
        if rng.random() < 0.5:
            parts.insert(0, rng.choice(lexicon("dish_kinds")))
        if rng.random() < 0.75:
            parts.append(rng.choice(lexicon("dish_ways")))
        if rng.random() < 0.12:
            parts.append(rng.choice(lexicon("dish_mains")))
        text = " ".join(parts)
    kind = rng.random()
    if kind < 0.3:
        return text[0].upper() + text[1:]
    if kind < 0.7:
        return " ".join(word[0].upper() + word[1:] for word in text.split(" "))
    return text.upper() if kind < 0.88 else text[0].upper() + text[1:].lower()


def _size(rng: random.Random) -> str:
    unit = rng.choice(("g", "gr", "kg", "ml", "lít", "con", "phần", "miếng", "cái", "người"))
    return rng.choice(("S", "M", "L", "lớn", "nhỏ", "vừa", f"{rng.randint(1, 900)}{unit}"))


def _web(rng: random.Random) -> str:
    names = email(rng).replace("www.", "").split("@")[0].split("/")[-1]
    host = "" if "." in names else rng.choice((".vn", ".com", ".com.vn", ".net", ".gov.vn"))
    return names + host + rng.choice(("", "", "/tin-tuc", "/menu"))


def _sign_name(rng: random.Random) -> str:
    return invented_name(rng).upper() if rng.random() < 0.8 else invented_name(rng)


_SLOTS: dict[str, Field] = {
    "province": lambda rng: rng.choice(_PROVINCES),
    "office": lambda rng: rng.choice(lexicon("offices")),
    "letters": lambda rng: rng.choice(lexicon("office_letters")),
    "head": lambda rng: rng.choice(_HEADS),
    "seat": lambda rng: rng.choice(_SEATS),
    "field": lambda rng: rng.choice(lexicon("office_fields")),
    "law": lambda rng: rng.choice(lexicon("office_laws")),
    "roman": lambda rng: rng.choice(("I", "II", "III", "IV", "V", "VI", "VII", "IX", "X")),
    "code": lambda rng: digits(rng, 6),
    "tax": lambda rng: digits(rng, 10),
    "money": lambda rng: grouped(rng.randint(1, 400) * 5000, "."),
    "given": lambda rng: rng.choice(lexicon("given_names")),
    "unit": lambda rng: rng.choice(("kg", "con", "phần", "suất", "ly", "lon", "bàn", "Kg", "100g")),
    "n": _small,
    "date": _date,
    "day": _day,
    "month": _month,
    "year": _year,
    "paper": _paper,
    "decree": _decree,
    "circular": _circular,
    "person": person,
    "email": email,
    "clock": clock_time,
    "phone": phone,
    "street": street,
    "price": _price,
    "dish": dish,
    "size": _size,
    "web": _web,
    "name": _sign_name,
}


@cache
def _templates(name: str, slots: int) -> tuple[str, ...]:
    return tuple(each for each in lexicon(name) if each.count("{") >= slots)


def _filled(name: str, slots: int = 0) -> Callable[[random.Random], str]:
    """Lines of ``lexicon/<name>.txt`` with at least this many slots, filled."""

    def line(rng: random.Random) -> str:
        template = rng.choice(_templates(name, slots))
        return " ".join(_SLOT.sub(lambda slot: _SLOTS[slot[1]](rng), template).split())

    return line


office = _filled("office_lines")
sign = _filled("sign_lines")
stamped = _filled("stamp_lines")
_menu_line = _filled("menu_lines")
_dish_line = _filled("menu_lines", 1)
_dishes_line = _filled("menu_lines", 2)


def menu(rng: random.Random) -> str:
    line = rng.choices((dish, _menu_line, _dish_line, _dishes_line), (2, 2, 4, 2))[0](rng)
    return line if rng.random() < 0.9 else line.upper()
