"""Lines of prescriptions: drugs with doses, how to take them, diagnoses, tests, the clinic.

Each is a function of a :class:`random.Random`. Brands are invented.
"""

from __future__ import annotations

import random

from ppocr_ext.synth.fields import capitals, date, digits, lexicon, person

_VERSIONS = ("Tab.", "fort", "DST", "MR", "Stada", "plus", "B", "extra", "SR")
_FIGURES = (
    *("5", "10", "12,5", "20", "25", "30", "40", "50", "80", "100", "200", "250", "300", "500"),
    *("1000", "0,5", "0,25", "0,1", "2,5", "7,5", "4,2", "1,5", "150", "400", "625", "850"),
)
_UNITS = ("mg", "mg", "mg", "mg", "MG", "g", "ml", "UI", "IU", "mcg", "mg/5ml", "mg/ml", "%")
_FORMS = ("viên", "viên", "viên", "Viên", "v", "gói", "Gói", "ống", "chai", "lọ", "tuýp", "vỉ")
_TIMES = ("Sáng", "Trưa", "Chiều", "Tối", "SÁNG", "TRƯA", "CHIỀU", "TỐI", "sáng", "chiều", "tối")
_TITLES = ("BS.", "BS. ", "BSCKI. ", "BSĐK. ", "BSCK1. ", "YS. ", "YSĐK. ", "ĐD. ", "NV. ", "DS. ")
_TITLES_LONG = ("Bác sĩ ", "BS CKII ", "ThS.BS ", "PGS.TS. ", "Bác sĩ: ", "Y sĩ ")


def _brand(rng: random.Random) -> str:
    """An invented name that sounds like a drug's."""
    middle = rng.choice(lexicon("drug_middles")) if rng.random() < 0.5 else ""
    name = rng.choice(lexicon("drug_starts")) + middle + rng.choice(lexicon("drug_ends"))
    kind = rng.random()
    if kind < 0.12:
        return f"{name} {rng.choice(_VERSIONS)}"
    if kind < 0.22:
        return f"{name}{rng.choice((' ', '-'))}{rng.choice((4, 5, 10, 20, 40, 200, 250, 500))}"
    return name


def _dose(rng: random.Random) -> str:
    unit = rng.choice(_UNITS)
    text = f"{rng.choice(_FIGURES)}{unit}"
    for _ in range(rng.choice((0, 0, 0, 0, 1, 1, 2, 3))):
        text += f"+{rng.choice(_FIGURES)}{unit}"
    return text


def drug(rng: random.Random) -> str:
    """``2) Amoxicilin (PARAZIM 500) 500mg``."""
    name = rng.choice(lexicon("ingredients")) if rng.random() < 0.6 else _brand(rng)
    if rng.random() < 0.35:
        name = f"{name} ({_brand(rng)})"
    if rng.random() < 0.55:
        name = name.upper()
        if rng.random() < 0.5:
            name += f" {rng.choice(_FIGURES)}{rng.choice(('', 'MG'))}"
    dose = f" {_dose(rng)}" if rng.random() < 0.93 else ""
    if dose and rng.random() < 0.06:
        dose = f" ({dose.strip()})"
    kind = rng.random()
    number = rng.randint(1, 9) if rng.random() < 0.9 else rng.randint(10, 15)
    lead = f"{number}) " if kind < 0.6 else f"{number}. " if kind < 0.75 else ""
    return lead + name + dose


def dosage(rng: random.Random) -> str:
    """How many and when: ``Ngày uống 2 lần, mỗi lần 1 viên``."""
    form, count = rng.choice(_FORMS), rng.choice(("1", "2", "1/2", "01", "02", "3", "0,5"))
    kind = rng.randrange(7)
    if kind == 0:
        return f"SL: {rng.choice(('', '0'))}{rng.randint(1, 90)} {form}"
    if kind == 1:
        return f"Ngày uống {rng.randint(1, 4)} lần, mỗi lần {count} {form}"
    if kind == 2:
        return f"{rng.choice(_TIMES)} {count} {form}"
    if kind == 3:
        return f"{rng.choice(_TIMES)} {count} {form}, {rng.choice(_TIMES)} {count} {form}"
    if kind == 4:
        return f"{rng.choice(lexicon('advice'))}: {rng.choice(_TIMES)} {count} {form}"
    if kind == 5:
        way = rng.choice(("dùng", "uống", "bôi", "nhỏ"))
        return f"Ngày {way} {count}{rng.choice((' ', ''))}{form} x {rng.randint(1, 4)} lần"
    return f"Số lượng: {rng.randint(1, 120)} {form}, cách dùng: {count} {form}/lần"


def advice(rng: random.Random) -> str:
    text = rng.choice(lexicon("advice"))
    if rng.random() < 0.3:
        text = f"{text.lower()} - {rng.choice(lexicon('advice')).lower()}"
    lead = rng.choice(
        (
            "",
            "",
            "Ghi chú ",
            "Ghi chú: ",
            "Lời dặn: ",
            "Lời dặn đơn thuốc: ",
            "Lời dặn của bác sĩ: ",
        )
    )
    return lead + text + rng.choice(("", "", ".", ":", "!"))


def _icd(rng: random.Random) -> str:
    """A code of the International Classification of Diseases: ``J20``, ``K29.7``."""
    return capitals(rng, 1) + digits(rng, 2) + rng.choice(("", "", "." + digits(rng, 1)))


def diagnosis(rng: random.Random) -> str:
    """``Chẩn đoán: J20 - Viêm phế quản cấp; (K29) Viêm dạ dày``."""
    text = rng.choice(lexicon("diagnoses"))
    kind = rng.random()
    if kind < 0.55:
        text = f"{_icd(rng)} - {text}"
    elif kind < 0.75:
        text = f"({_icd(rng)}) {text}"
    while rng.random() < 0.35:
        text += f"; ({_icd(rng)}) {rng.choice(lexicon('diagnoses'))}"
    if rng.random() < 0.1:
        text += rng.choice((";", " (P)", " (T)", ", không đặc hiệu", " không xác định", "/"))
    return rng.choice(("Chẩn đoán: ", "Chẩn đoán: ", "", "CĐ: ", "Bệnh kèm theo: ")) + text


def examination(rng: random.Random) -> str:
    text = rng.choice(lexicon("examinations"))
    while rng.random() < 0.45:
        text += rng.choice((", ", "; ")) + rng.choice(lexicon("examinations"))
    return rng.choice(("Cận lâm sàng: ", "", "", "Chỉ định: ")) + text + rng.choice(("", "", ";"))


def clinic(rng: random.Random) -> str:
    """The head and foot of the sheet."""
    kind = rng.random()
    if kind < 0.2:
        title = rng.choice(_TITLES if rng.random() < 0.7 else _TITLES_LONG)
        return title + person(rng)
    if kind < 0.3:
        return f"Số phiếu{rng.choice((' ', ': '))}{rng.randint(1, 40000)}/{rng.randint(2012, 2027)}"
    if kind < 0.42:
        weekday = rng.choice(("hai", "ba", "tư", "năm", "sáu", "bảy"))
        return f"Ngày hẹn tái khám: Thứ {weekday}, {date(rng)}"
    if kind < 0.5:
        day, month, year = rng.randint(1, 31), rng.randint(1, 12), rng.randint(2012, 2027)
        return f"Ngày {day:02d} tháng {month:02d} năm {year}"
    text = rng.choice(lexicon("clinic"))
    kind = rng.randrange(8)
    if kind == 0:
        return text + ":"
    if kind == 1:
        return f"{text} {rng.choice(lexicon('clinic'))}"
    if kind == 2:
        return f"{text} {rng.randint(1, 180)}"
    if kind == 3:
        return f"{text} {rng.choice(lexicon('streets'))}"
    return text


_KINDS = (drug, dosage, advice, diagnosis, examination, clinic)
_WEIGHTS = (0.34, 0.1, 0.1, 0.22, 0.12, 0.12)


def prescription(rng: random.Random) -> str:
    return rng.choices(_KINDS, _WEIGHTS)[0](rng)
