"""Lines that documents are made of: headings, labels with their values, goods, prescriptions.

Each is a function of a :class:`random.Random`; :data:`LINES` names them, beside all fields.
"""

from __future__ import annotations

import random

from ppocr_ext.synth.fields import (
    FIELDS,
    Field,
    code,
    date,
    email,
    lexicon,
    measure,
    number,
    person,
    phone,
    street,
)
from ppocr_ext.synth.phrases import menu, office, sign, stamped
from ppocr_ext.synth.plain import (
    contact,
    dose,
    english_till,
    foreign,
    goods_code,
    plain_till,
    printed_code,
    science,
)
from ppocr_ext.synth.prescriptions import prescription
from ppocr_ext.synth.receipts import place, shop, stamp, till, total, total_sum

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
