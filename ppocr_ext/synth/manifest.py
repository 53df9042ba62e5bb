"""What a data set was made of: settings, fonts, texts, versions, licences, letters."""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ppocr_ext.synth.catalogue import FAMILIES, MORE, archives, is_fetched
from ppocr_ext.synth.complete import COMPOSITION
from ppocr_ext.synth.factory import LineFactory
from ppocr_ext.synth.fonts import font_files
from ppocr_ext.synth.presets import Preset
from ppocr_ext.synth.sources import package_version, sources_of, text_files
from ppocr_ext.synth.styles import font_categories, topics_of
from ppocr_ext.text import VIETNAMESE_LETTERS

MANIFEST = "manifest.json"
RECIPE = 7  # raised whenever the same settings would give other lines
_ADDED = ("pairs",)
# Of the families used, where the package holds more: DejaVu is all that matplotlib gives.
_LICENCES = {"indico-fonts": "OFL-1.1", "matplotlib": "Bitstream-Vera"}
_TOOLS = ("numpy", "opencv-python", "pillow", "num2words")


def settings(
    name: str, preset: Preset, seed: int, texts: Path | None, fonts: Path | None
) -> dict[str, Any]:
    """Everything that decides the bytes of a data set."""
    return {
        "recipe": RECIPE,
        "preset": {"name": name, **_described(preset)},
        "seed": seed,
        "own_texts": _digests(text_files(texts)) if texts else {},
        "own_fonts": _digests(font_files(fonts)) if fonts else {},
        "versions": {package: package_version(package) for package in _TOOLS},
        "fonts": _installed(preset),
        "texts": {
            source.package: package_version(source.package)
            for source in sources_of(topics_of(preset))
        },
        **_fetched(preset),
    }


def _installed(preset: Preset) -> dict[str, str]:
    """The versions of the packages whose fonts the preset draws from."""
    wanted = font_categories(preset.styles)
    more = [f for f in MORE if f.archive is None and f.category in wanted]
    return {
        each: package_version(each) for each in sorted({f.distribution for f in (*FAMILIES, *more)})
    }


def _fetched(preset: Preset) -> dict[str, Any]:
    """The fetched archives that the preset draws from, and those that are not there."""
    wanted = archives(font_categories(preset.styles))
    if not wanted:
        return {}
    held = [archive for archive in wanted if is_fetched(archive)]
    return {
        "composition": COMPOSITION,
        "fetched_fonts": {archive.package: archive._asdict() for archive in held},
        "fonts_not_fetched": [archive.package for archive in wanted if archive not in held],
    }


def _described(preset: Preset) -> dict[str, Any]:
    """The recipe; what was added since the first sets only where it is used."""
    return {k: v for k, v in asdict(preset).items() if v or k not in _ADDED}


def _digests(files: list[Path]) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def describe(
    made_with: dict[str, Any], factories: Mapping[str, LineFactory], folder: Path
) -> dict[str, Any]:
    """The manifest of a finished data set."""
    return {
        "settings": made_with,
        "splits": {split: _split(factory, folder) for split, factory in factories.items()},
        "licences": {
            **{
                source.package: source.licence
                for factory in factories.values()
                for source in sources_of(topics_of(factory.preset))
            },
            **{name: _licence(name) for name in made_with["fonts"]},
            **{name: each["licence"] for name, each in made_with.get("fetched_fonts", {}).items()},
        },
    }


def _split(factory: LineFactory, folder: Path) -> dict[str, Any]:
    lines, counts, digest = 0, Counter[str](), hashlib.sha256()
    with open(folder / f"{factory.split}.txt", "rb") as labels:
        for raw in labels:
            lines += 1
            digest.update(raw)
            counts.update(raw.decode("utf-8").rstrip("\n").split("\t", 1)[1])
    return {
        "lines": lines,
        "labels_sha256": digest.hexdigest(),
        "font_families": factory.fonts.families(),
        "passages": factory.corpus.passages(),
        "characters": len(counts),
        "vietnamese_letters": {letter: counts[letter] for letter in VIETNAMESE_LETTERS},
    }


def _licence(distribution: str) -> str:
    if distribution in _LICENCES:
        return _LICENCES[distribution]
    metadata = importlib.metadata.metadata(distribution).json
    return str(metadata.get("license_expression") or metadata.get("license") or "see the package")
