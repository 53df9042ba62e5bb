"""Lines that tills print: the shop and its branch, where and when, totals and sums.

Each is a function of a :class:`random.Random`.
"""

from __future__ import annotations

import random

from ppocr_ext.synth.fields import (
    amount,
    capitals,
    code,
    digits,
    grouped,
    lexicon,
    measure,
    money,
    number,
    person,
    phone,
    street,
)

_CITY_CODES = (
    *("HN", "HCM", "TPHCM", "TP.HCM", "HP", "ĐN", "DN", "CT", "QN", "QNH", "BD", "BDG", "ĐNI"),
    *("KH", "LĐ", "NA", "TH", "HUE", "VT", "BN", "HD", "TN", "AG", "LA", "TG", "BRVT"),
)
_WHEN = (
    *("", "", "Ngày", "Ngày", "Ngày", "Ngày bán", "Thời gian", "Giờ vào", "Giờ ra", "Ngày in"),
    *("Ngày giờ", "Ngày HĐ", "Giờ", "Date", "In lúc", "Ngày CT", "Ngày giao dịch"),
)
_COUNTER = ("VM", "VM+", "WM", "WM+", "CK", "GS", "MN", "CF", "CN")


def invented_name(rng: random.Random) -> str:
    """A shop's own name: a person's, a place's, English words, initials."""
    kind = rng.random()
    if kind < 0.3:
        words = rng.sample(lexicon("english"), rng.randint(1, 3))
        joint = rng.choice((" ", " ", " ", " n ", " & ", ""))
        return joint.join(word.capitalize() for word in words)
    if kind < 0.45:
        return rng.choice(lexicon("streets"))
    if kind < 0.6:
        return (
            capitals(rng, rng.randint(2, 4))
            + rng.choice(("", "-", " ", "."))
            + rng.choice(("", capitals(rng, 2), digits(rng, 1), "MART", "FOOD"))
        )
    count = rng.choice((1, 1, 2))
    return " ".join(rng.sample(lexicon("given_names"), count))


def shop(rng: random.Random) -> str:
    """The seller, as the head of a receipt names it."""
    kind = rng.random()
    if kind < 0.3:
        text = rng.choice(lexicon("brands"))
        if rng.random() < 0.2:
            text += " " + rng.choice((rng.choice(_CITY_CODES), rng.choice(lexicon("streets"))))
    elif kind < 0.5:
        text = branch(rng)
    else:
        text = f"{rng.choice(lexicon('shops'))} {invented_name(rng)}"
        if rng.random() < 0.15:
            text += rng.choice((" Việt Nam", " VN", " Vina", f" {rng.choice(_CITY_CODES)}"))
    kind = rng.random()
    return text.upper() if kind < 0.35 else text.lower() if kind < 0.38 else text


def branch(rng: random.Random) -> str:
    """``VM+ QNH 12 Lê Lợi``: a chain's short name, a province's, a street."""
    lead = rng.choice(_COUNTER) + rng.choice(("", " ", "+", "+ ", " + "))
    town = rng.choice(_CITY_CODES) + rng.choice((" ", " ", ": ", " - ", "-"))
    return (lead if lead[-1] in "+ " else lead + " ") + town + place(rng)


def place(rng: random.Random) -> str:
    """Where in a town: a house and its street, or a numbered part of a quarter."""
    if rng.random() < 0.5:
        return street(rng)
    parts = [
        f"{rng.choice(lexicon('places'))} {rng.choice((str(rng.randint(1, 30)), _named(rng)))}"
        for _ in range(rng.choice((1, 2, 2)))
    ]
    if rng.random() < 0.3:
        parts.insert(0, f"{rng.choice(('', 'SH', 'CH', 'K', 'T', 'Lô '))}{rng.randint(1, 99)}")
    return rng.choice((", ", ", ", " ", " - ")).join(parts)


def _named(rng: random.Random) -> str:
    name = rng.choice(lexicon("streets"))
    return name + rng.choice(("", "", " A", " B", f" {rng.randint(1, 9)}"))


def stamp(rng: random.Random) -> str:
    """When: ``Ngày bán: 09/08/2020 17:44``."""
    label = rng.choice(_WHEN)
    if rng.random() < 0.15:
        label = label.upper()
    lead = f"{label}{rng.choice((': ', ': ', ': ', ' '))}" if label else ""
    day, month = rng.randint(1, 31), rng.randint(1, 12)
    year = rng.randint(2012, 2027)
    joint = rng.choice("/////--.")
    two = "02d" if rng.random() < 0.85 else "d"
    text = f"{day:{two}}{joint}{month:{two}}{joint}{year if rng.random() < 0.9 else year % 100}"
    kind = rng.random()
    if kind < 0.12:
        return lead + text
    if kind < 0.17:
        return f"{lead}{day} tháng {month} năm {year}"
    clock = clock_time(rng)
    if kind < 0.24:
        return lead + clock
    if kind < 0.34:
        return f"{lead}{clock}{rng.choice((' - ', ' - ', ' '))}{text}"
    if kind < 0.38:
        return f"{lead}{text} ({clock} - {clock_time(rng)})"
    if kind < 0.42:
        return f"{lead}{text} Giờ: {clock}"
    return f"{lead}{text}{rng.choice((' ', ' ', ' - ', ' - ', ' - ', ', '))}{clock}"


def clock_time(rng: random.Random) -> str:
    hour, minute = rng.randrange(24), rng.randrange(60)
    joint = rng.choice("::::::.")
    text = f"{hour:02d}{joint}{minute:02d}"
    if rng.random() < 0.3:
        text += f"{joint}{rng.randrange(60):02d}"
    return text + (rng.choice((" AM", " PM", " CH", " SA")) if rng.random() < 0.08 else "")


def total(rng: random.Random) -> str:
    """What is to be paid: its label, or label and sum, or what else stands beside it."""
    label = rng.choice(lexicon("totals"))
    kind = rng.random()
    label = label.upper() if kind < 0.2 else label.title() if kind < 0.3 else label
    kind = rng.random()
    if kind < 0.45:
        return label
    if kind < 0.65:
        return label + ":"
    return f"{label}{rng.choice((': ', ': ', ' '))}{total_sum(rng)}"


def total_sum(rng: random.Random) -> str:
    """A sum as tills print it: mostly figures alone."""
    kind = rng.random()
    if kind < 0.15:
        return money(rng)
    value = amount(rng) if rng.random() < 0.5 else rng.randrange(1, 900) * 500
    text = grouped(value, rng.choice((",", ",", ",", ".", ".", " ", "")))
    if kind < 0.25:
        text += rng.choice((".00", ",00", ".0"))
    elif kind < 0.5:
        text += rng.choice(("đ", "đ", "đ", " đ", " Đ", " VND", "VNĐ", " VNĐ"))
    if kind > 0.96:
        text = f"{text} {text}"
    return ("-" if rng.random() < 0.04 else "") + text


def till(rng: random.Random) -> str:
    """Everything else: cashier, table, tax number, thanks."""
    label = rng.choice(lexicon("receipt"))
    if rng.random() < 0.15:
        label = label.upper()
    if rng.random() < 0.3:
        return label + rng.choice(("", ":"))
    value = rng.choice((money, code, phone, person, number, measure, place, stamp))(rng)
    return label + rng.choice((": ", ": ", ": ", " ")) + value
