"""What documents hold beside prose: numbers, dates, money, codes, names, addresses.

Each field is a function of a :class:`random.Random`; :data:`FIELDS` names them all.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from functools import cache
from pathlib import Path

from ppocr_ext.files import read_text
from ppocr_ext.text import strip_marks

_LEXICON = Path(__file__).parent / "lexicon"
Field = Callable[[random.Random], str]


@cache
def lexicon(name: str) -> tuple[str, ...]:
    """The phrases of ``lexicon/<name>.txt``, written for this project, one a line."""
    return tuple(read_text(_LEXICON / f"{name}.txt").split("\n")[:-1])


def digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choices(string.digits, k=count))


def capitals(rng: random.Random, count: int) -> str:
    return "".join(rng.choices(string.ascii_uppercase, k=count))


def grouped(number: int, separator: str) -> str:
    """``1234567`` → ``1.234.567``: Vietnamese groups thousands with a point, tills with a comma."""
    return f"{number:,}".replace(",", separator)


def amount(rng: random.Random) -> int:
    """A sum of money in đồng: magnitudes equally likely, mostly round thousands."""
    number = int(10 ** rng.uniform(3, 9))
    step = rng.choice((1, 10, 100, 500, 1000, 1000, 1000, 5000))
    return max(step, number // step * step)


def number(rng: random.Random) -> str:
    kind = rng.randrange(5)
    if kind == 0:
        return str(rng.randrange(10 ** rng.randint(1, 6)))
    if kind == 1:
        return f"{rng.uniform(0, 1000):.{rng.randint(1, 3)}f}".replace(".", rng.choice(",."))
    if kind == 2:
        return f"{rng.uniform(0, 100):.{rng.randint(0, 2)}f}".replace(".", ",") + "%"
    if kind == 3:
        return f"{rng.randint(1, 500)}/{rng.randint(1, 500)}"
    return grouped(int(10 ** rng.uniform(3, 11)), rng.choice("..,"))


def date(rng: random.Random) -> str:
    day, month, year = rng.randint(1, 31), rng.randint(1, 12), rng.randint(1945, 2035)
    kind = rng.random()
    if kind < 0.15:
        return f"ngày {day:02d} tháng {month:02d} năm {year}"
    if kind < 0.25:
        return f"{rng.choice(('Hà Nội', 'TP.HCM', 'Cần Thơ'))}, ngày {day} tháng {month} năm {year}"
    separator = rng.choice("///-.")
    year_text = str(year) if rng.random() < 0.8 else f"{year % 100:02d}"
    figures = separator.join((f"{day:02d}", f"{month:02d}", year_text))
    if kind < 0.35:
        return f"{rng.choice(('Thứ hai', 'Thứ tư', 'Thứ bảy', 'Chủ nhật'))}, {figures}"
    return figures


def time(rng: random.Random) -> str:
    hour, minute, second = rng.randrange(24), rng.randrange(60), rng.randrange(60)
    if rng.random() < 0.2:
        return f"{hour} giờ {minute:02d} phút"
    seconds = f":{second:02d}" if rng.random() < 0.5 else ""
    return f"{hour:02d}:{minute:02d}{seconds}"


def money(rng: random.Random) -> str:
    text = grouped(amount(rng), rng.choice("..,"))
    if rng.random() < 0.1:
        text += ".00"
    unit = rng.choice(("", "", "đ", " đ", "₫", " ₫", " VND", " VNĐ", "VNĐ", " đồng", " Đ"))
    return ("-" if rng.random() < 0.05 else "") + text + unit


def money_in_words(rng: random.Random) -> str:
    from num2words import num2words  # type: ignore[import-untyped]

    words = (
        f"{num2words(amount(rng), lang='vi')} đồng{rng.choice(('', '', ' chẵn', '.', ' chẵn./.'))}"
    )
    return words[0].upper() + words[1:] if rng.random() < 0.7 else words


def phone(rng: random.Random) -> str:
    if rng.random() < 0.15:
        return f"{rng.choice(('1900', '1800'))} {digits(rng, rng.choice((4, 6)))}"
    prefix = rng.choice(("03", "05", "07", "08", "09", "024.", "028.", "0203", "0236"))
    figures = prefix.rstrip(".") + digits(rng, 11 - len(prefix) if "." in prefix else 8)
    separator = rng.choice(("", "", "", ".", " ", "-"))
    if separator:
        figures = separator.join((figures[:4], figures[4:7], figures[7:]))
    if rng.random() < 0.1:
        return f"(+84) {figures[1:]}"
    return figures


def plate(rng: random.Random) -> str:
    series = rng.choice("ABCDEFGHKLMNPSTUVXYZ") + rng.choice(("", "", "1", "2", "9"))
    tail = digits(rng, 5)
    return f"{rng.randint(11, 99)}{series}-{tail[:3]}.{tail[3:]}"


def code(rng: random.Random) -> str:
    kind = rng.randrange(7)
    if kind == 0:
        return digits(rng, 12)  # citizen's card
    if kind == 1:
        tail = f"-{digits(rng, 3)}" if rng.random() < 0.3 else ""
        return digits(rng, 10) + tail  # tax number
    if kind == 2:
        organ = rng.choice(("UBND", "TTg", "CP", "BTC", "BYT", "TCT", "HĐND", "BGDĐT", "SKHĐT"))
        paper = rng.choice(("QĐ", "NQ", "TB", "CV", "KH", "TTr", "NĐ", "TT", "HĐ", "BC"))
        return f"{rng.randint(1, 4000)}/{rng.choice(('', '2019/', '2024/'))}{paper}-{organ}"
    if kind == 3:
        lead, joint = capitals(rng, rng.randint(2, 4)), rng.choice(("", "-", "_", "/"))
        return lead + joint + digits(rng, rng.randint(3, 9))
    if kind == 4:
        return "".join(rng.choices(string.ascii_uppercase + string.digits, k=rng.randint(6, 14)))
    if kind == 5:
        return f"#{digits(rng, rng.randint(3, 8))}"
    return f"{capitals(rng, 2)}{rng.randint(1, 9)}{digits(rng, 12)}"  # health-insurance card


def person(rng: random.Random) -> str:
    family, given = lexicon("family_names"), lexicon("given_names")
    middle = rng.choice(("Văn", "Thị", "Thị", "Hữu", "Đức", "Ngọc", "", rng.choice(given)))
    name = " ".join(filter(None, (rng.choice(family), middle, rng.choice(given))))
    kind = rng.random()
    if kind < 0.25:
        return name.upper()
    if kind < 0.35:
        return (
            rng.choice(("Ông ", "Bà ", "Anh ", "Chị ", "ThS. ", "TS. ", "BS. ", "PGS.TS ")) + name
        )
    return name


def email(rng: random.Random) -> str:
    names = strip_marks(person(rng)).lower().replace(".", "").split()
    user = rng.choice((names[-1] + names[0], ".".join(names[-2:]), names[-1] + digits(rng, 3)))
    host = rng.choice(("gmail.com", "yahoo.com.vn", "outlook.com", "vnu.edu.vn", "hcm.gov.vn"))
    if rng.random() < 0.3:
        lead = rng.choice(("www.", "https://", "https://www."))
        return lead + names[-1] + names[0] + rng.choice((".vn", ".com.vn", ".com"))
    return f"{user}@{host}"


def measure(rng: random.Random) -> str:
    unit = rng.choice(lexicon("units"))
    value = rng.choice((str(rng.randint(1, 999)), f"{rng.uniform(0, 50):.1f}".replace(".", ",")))
    if rng.random() < 0.2:
        return f"{value} × {rng.randint(1, 99)} {unit}"
    return f"{value}{'' if unit == 'mg' else rng.choice((' ', ' ', ''))}{unit}"


def street(rng: random.Random) -> str:
    """The part of an address before the ward."""
    house = rng.choice(
        (
            str(rng.randint(1, 999)),
            f"{rng.randint(1, 300)}/{rng.randint(1, 99)}",
            f"{rng.randint(1, 300)}{rng.choice('ABCD')}",
            f"{rng.randint(1, 900)}-{rng.randint(1, 900)}",
        )
    )
    lead = rng.choice(("Số ", "số ", "", "", "", "Lô ", "Ngõ ", "Tổ ", "Khu ", "ĐC: "))
    road = rng.choice(("", "", "đường ", "Đường ", "phố ", "đ. "))
    return f"{lead}{house} {road}{rng.choice(lexicon('streets'))}"


FIELDS: dict[str, Field] = {
    "number": number,
    "date": date,
    "time": time,
    "money": money,
    "money_in_words": money_in_words,
    "phone": phone,
    "plate": plate,
    "code": code,
    "email": email,
    "measure": measure,
    "name": person,
}
