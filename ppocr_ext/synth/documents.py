"""Lines that documents are made of: headings, labels with values, goods; lines without marks."""

from __future__ import annotations

import random
import string

from ppocr_ext.synth.fields import (
    FIELDS,
    Field,
    amount,
    code,
    date,
    digits,
    email,
    grouped,
    lexicon,
    measure,
    number,
    person,
    phone,
    street,
)
from ppocr_ext.synth.phrases import dish, menu, office, sign, stamped
from ppocr_ext.synth.prescriptions import prescription
from ppocr_ext.synth.receipts import clock_time, place, shop, stamp, till, total, total_sum
from ppocr_ext.text import strip_marks

_MARKED: tuple[Field, ...] = (till, till, till, total, total_sum, stamp, shop, place, dish)
_TERMINALS = ("POS", "Quay", "CN", "TID", "MID", "HD", "SO CT", "Ma KH", "Ca", "Thu ngan", "STT")
_CODE_SIGNS = "ABCDEFGHKLMNPQRSTUVXYZ" + string.digits  # nothing that looks like a figure
_UNITS = ("ML", "G", "KG", "L", "CM", "X", "PCS", "GR", "GOI", "LON", "HOP", "CHAI")


def plain_till(rng: random.Random) -> str:
    """What a till prints that has no Vietnamese letters: ``THANH TOAN``, ``Ngay:12/03``."""
    kind = rng.random()
    if kind < 0.6:
        text = strip_marks(rng.choice(_MARKED)(rng))
        return text.upper() if rng.random() < 0.4 else text
    if kind < 0.75:
        return goods_code(rng)
    return english_till(rng) if kind < 0.85 else printed_code(rng)


def english_till(rng: random.Random) -> str:
    """``SUBTOTAL``, ``Change: 57,000``, ``Fresh milk 1L``."""
    kind = rng.random()
    if kind < 0.3:
        words = " ".join(rng.sample(lexicon("english"), rng.randint(1, 4)))
        text = words if rng.random() < 0.3 else words.title()
        return text.upper() if rng.random() < 0.5 else text
    text = rng.choice(lexicon("till_english"))
    text = text if kind < 0.7 else text.title() if kind < 0.85 else text.capitalize()
    if rng.random() < 0.45:
        return text + rng.choice(("", "", ":", ".", "#"))
    figures = rng.choice((_sum, number, clock_time, lambda rng: digits(rng, rng.randint(1, 12))))
    return f"{text}{rng.choice((': ', ': ', ' ', ':', ' #'))}{figures(rng)}"


def goods_code(rng: random.Random) -> str:
    """A short name with its measure as stocks keep it: ``SUA TUOI TH 180ML``, ``0026_BOT NGOT``."""
    words = strip_marks(rng.choice((rng.choice(lexicon("goods")), dish(rng)))).upper().split(" ")
    text = " ".join(words[: rng.randint(1, 4)])
    kind = rng.random()
    if kind < 0.5:
        lead = rng.choice((" ", " ", "", "-", "_"))
        text += f"{lead}{rng.randint(1, 999)}{rng.choice(_UNITS)}{rng.choice(('', '', 'X4', '*6'))}"
    elif kind < 0.65:
        text = f"{digits(rng, 4)}{rng.choice('_-.')}{text}"
    return f"({text})" if rng.random() < 0.06 else text


def _sum(rng: random.Random) -> str:
    return grouped(amount(rng), rng.choice(",,,.")) + rng.choice(("", "", "", ".00", "d", " VND"))


def printed_code(rng: random.Random) -> str:
    """A code, a sum, a bar code, ``POS:0012-0345``, ``85ML4``."""
    kind = rng.randrange(8)
    if kind == 0:
        return digits(rng, rng.choice((8, 12, 13, 13, 18, 22)))
    if kind == 1:
        return f"{rng.choice(_TERMINALS)}:{digits(rng, rng.randint(2, 4))}-{digits(rng, 4)}"
    if kind == 2:
        return f"{clock_time(rng)}{rng.choice(_TERMINALS)}:{digits(rng, 4)}-{digits(rng, 4)}"
    if kind == 3:
        return f"{rng.randint(1, 999)}{rng.choice(_UNITS)}{rng.choice(('', '', *string.digits))}"
    if kind == 4:
        return "".join(rng.choices(_CODE_SIGNS, k=rng.randint(3, 12)))
    if kind == 5:
        return f"{rng.choice('[(<*')}{rng.choice(lexicon('till_english'))}{rng.choice('])>*')}"
    if kind == 6:
        return f"{rng.randint(1, 40)}{rng.choice((' x ', 'x', ' X '))}{_sum(rng)}"
    return _sum(rng)


def contact(rng: random.Random) -> str:
    """An e-mail address, a site or a number, with what leads to it."""
    lead = rng.choice(("", "", "Email: ", "E-mail: ", "Mail: ", "Web: ", "Website: ", "FB: "))
    if rng.random() < 0.2:
        return rng.choice(("☎ ", "☎ ", "☎: ", "Tel: ", "ĐT: ", "Hotline: ")) + phone(rng)
    text = email(rng)
    if "@" not in text and rng.random() < 0.5:
        text += "/" + "".join(rng.choices(string.ascii_lowercase + "-", k=rng.randint(3, 12)))
    return lead + text.rstrip("-")


def science(rng: random.Random) -> str:
    """``HbA1c 6,5 %``, ``I10``, ``Ca2+: 1.15 mmol/L``, ``C6H12O6``."""
    kind = rng.random()
    if kind < 0.25:
        disease = f"{rng.choice(string.ascii_uppercase)}{digits(rng, 2)}"
        text = disease + rng.choice(("", "", f".{digits(rng, 1)}"))
        return text if rng.random() < 0.5 else f"{text} - {rng.choice(lexicon('diagnoses'))}"
    text = rng.choice(lexicon("science"))
    if kind < 0.5:
        return text
    unit = rng.choice((" mmol/L", " g/L", " %", "%", " U/L", " mg/dL", " umol/L", " ng/mL", ""))
    value = f"{rng.uniform(0, 200):.{rng.randint(0, 2)}f}".replace(".", rng.choice(",."))
    return f"{text}{rng.choice((': ', ' ', ' = ', ' < ', ' > '))}{value}{unit}"


def foreign(rng: random.Random) -> str:
    """Names and dishes of other languages: ``Crème brûlée``, ``Gewürztraminer``."""
    text = " ".join(rng.sample(lexicon("foreign"), rng.choice((1, 1, 2))))
    return text.upper() if rng.random() < 0.3 else text


def dose(rng: random.Random) -> str:
    """A drug whose name ends in a figure before its dose: ``AMLOR 5 5mg`` keeps both."""
    name = rng.choice(lexicon("ingredients"))
    name = name.upper() if rng.random() < 0.5 else name
    figure = rng.choice(("5", "10", "20", "40", "80", "100", "150", "250", "500", "0,5", "2,5"))
    unit = rng.choice(("mg", "mg", "mg", "MG", "g", "ml", "mcg", "IU"))
    again = figure if rng.random() < 0.5 else str(rng.randint(1, 600))
    if rng.random() < 0.25:
        joint = rng.choice(("+", " + ", " + ", " +"))
        more = rng.sample(lexicon("ingredients"), rng.choice((1, 2)))
        name = joint.join((name, *more))
        unit += joint + figure + unit
    lead = rng.choice(("", "", f"{rng.randint(1, 12)}) ", f"{rng.randint(1, 12)}. "))
    return f"{lead}{name} {figure} {again}{unit}"


_LEADS = "➢➢•••▪→✓☞★❖□–-+* "  # what points of lists begin with


def heading(rng: random.Random) -> str:
    text = rng.choice(lexicon("headings"))
    if rng.random() < 0.25:
        text += " " + rng.choice(lexicon("headings")).lower()
    kind = rng.random()
    return text.upper() if kind < 0.7 else text.title() if kind < 0.8 else text


def labelled(rng: random.Random, labels: str, values: tuple[Field, ...]) -> str:
    """``label: value`` as forms and tills print it; sometimes only the label."""
    label = rng.choice(lexicon(labels))
    if rng.random() < 0.15:
        label = label.upper()
    if rng.random() < 0.25:
        return label + rng.choice(("", ":"))
    return label + rng.choice((": ", ": ", ": ", " ")) + rng.choice(values)(rng)


def goods(rng: random.Random) -> str:
    text = rng.choice(lexicon("goods"))
    kind = rng.random()
    if kind < 0.3:
        text = f"{text} {measure(rng)}"
    elif kind < 0.5:
        text = f"{text} {rng.choice(('x', 'X', 'SL:'))} {rng.randint(1, 20)}"
    elif kind < 0.6:
        text = f"{rng.randint(1, 30)}. {text}"
    return text.upper() if rng.random() < 0.25 else text


def bulleted(rng: random.Random) -> str:
    """A point of a list, or boxes to tick: ``➢ Lẩu cá``, ``□ Nam □ Nữ``."""
    if rng.random() < 0.25:
        boxes = rng.sample(lexicon("boxes"), rng.choice((1, 2, 2, 3)))
        return " ".join(f"{rng.choice('□□□☑')} {box}" for box in boxes)
    text = rng.choice((heading, goods, form, menu, office, prescription))(rng).lstrip(_LEADS)
    return f"{rng.choice(_LEADS[:-1])} {text}" if text else form(rng)


def form(rng: random.Random) -> str:
    return labelled(rng, "form", (person, date, street, code, phone, measure, email, number))


LINES: dict[str, Field] = {
    **FIELDS,
    "heading": heading,
    "goods": goods,
    "form": form,
    "shop": shop,
    "place": place,
    "stamp": stamp,
    "total": total,
    "total_sum": total_sum,
    "till": till,
    "prescription": prescription,
    "office": office,
    "menu": menu,
    "sign": sign,
    "stamped": stamped,
    "plain_till": plain_till,
    "english_till": english_till,
    "goods_code": goods_code,
    "printed_code": printed_code,
    "contact": contact,
    "science": science,
    "foreign": foreign,
    "dose": dose,
    "bulleted": bulleted,
}
