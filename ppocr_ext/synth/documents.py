"""Lines that documents are made of: headings, labels with their values, goods, prescriptions.

Each is a function of a :class:`random.Random`; :data:`LINES` names them, beside all fields.
"""

from __future__ import annotations

import random

from ppocr_ext.synth.fields import (
    FIELDS,
    Field,
    capitals,
    code,
    date,
    date_time,
    digits,
    email,
    lexicon,
    measure,
    money,
    number,
    person,
    phone,
    street,
    time,
)


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
        return label + rng.choice(("", ":", " :"))
    separator = rng.choice((": ", ": ", ": ", ":", " : ", " "))
    return label + separator + rng.choice(values)(rng)


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


def receipt(rng: random.Random) -> str:
    values = (money, money, date, date_time, time, code, phone, person, number)
    if rng.random() < 0.3:
        return goods(rng)
    return labelled(rng, "receipt", values)


def form(rng: random.Random) -> str:
    return labelled(rng, "form", (person, date, street, code, phone, measure, email, number))


def _drug(rng: random.Random) -> str:
    """An invented name that sounds like a drug's."""
    middle = rng.choice(lexicon("drug_middles")) if rng.random() < 0.5 else ""
    return rng.choice(lexicon("drug_starts")) + middle + rng.choice(lexicon("drug_ends"))


def _prescribed(rng: random.Random) -> str:
    """``2) AMOXIL 500mg``, ``1 ) Paramol (Hasan 500) 500mg``."""
    drug = _drug(rng)
    if rng.random() < 0.2:
        drug = f"{drug} ({_drug(rng)})"
    elif rng.random() < 0.7:
        drug = drug.upper()
    dose = rng.choice(("5", "10", "12,5", "20", "40", "100", "250", "500", "1000"))
    unit = rng.choice(("mg", "mg", "mg", "MG", "g", "ml", "UI", "mcg", "mg/5ml", f"mg+{dose}mg"))
    lead = rng.choice(("", "{}) ", "{}. ", "{} ) ")).format(rng.randint(1, 12))
    return f"{lead}{drug} {dose}{rng.choice(('', '', ' '))}{unit}"


def _advice(rng: random.Random) -> str:
    """How much of it is given, and when."""
    unit = rng.choice(("viên", "Viên", "gói", "ống", "chai"))
    if rng.random() < 0.4:
        return f"SL: {rng.randint(1, 90)} {unit}"
    when = rng.choice(("Sáng", "Trưa", "Chiều", "Tối", "SÁNG", "TỐI", "Ngày uống"))
    return f"{when} {rng.choice(('1', '2', '3', '1/2', '01', '02'))} {unit}"


def medicine(rng: random.Random) -> str:
    """A line of a prescription: an invented drug with its dose, advice, or a diagnosis."""
    kind = rng.random()
    if kind < 0.45:
        return _prescribed(rng)
    if kind < 0.65:
        return _advice(rng)
    text = rng.choice(lexicon("medicine"))
    if kind < 0.85:
        icd = capitals(rng, 1) + digits(rng, 2) + rng.choice(("", "", "." + digits(rng, 1)))
        return rng.choice((f"{icd} - {text}", f"({icd}) {text}", f"Chẩn đoán: {icd} - {text}"))
    return text


LINES: dict[str, Field] = {
    **FIELDS,
    "heading": heading,
    "goods": goods,
    "receipt": receipt,
    "form": form,
    "medicine": medicine,
}
