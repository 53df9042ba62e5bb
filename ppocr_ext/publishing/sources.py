"""What a model was trained on, as the manifests of its data sets tell."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ppocr_ext.config import load_config
from ppocr_ext.errors import UserError
from ppocr_ext.files import read_text
from ppocr_ext.synth.manifest import MANIFEST

_FONTS = "fontpkg-"  # what the packages of most families are called before the family's name


def manifests(folder: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(folder, manifest) of each data set that the configs of a published folder train on.

    Raises :class:`UserError` for label files without one: nobody could tell their licence.
    """
    configs = [*sorted(folder.glob("config_history/*.yml")), folder / "config.yml"]
    datasets = [load_config(path).Train.dataset for path in configs]
    labels = [name for dataset in datasets for name in dataset.label_file_list]
    for data in dict.fromkeys(Path(name).parent for name in labels):
        if not (data / MANIFEST).is_file():
            raise UserError(
                f"{data.as_posix()} has no {MANIFEST}: what it was made of is not known",
                "data sets of tools/make_data.py, which names texts, fonts and their licences",
                "publish runs that were trained on such sets alone",
            )
        yield data.as_posix(), json.loads(read_text(data / MANIFEST))


def data_section(folder: Path) -> str:
    """Sizes, sources and fonts with versions and licences, in Markdown."""
    return "\n\n".join(_data_set(data, held) for data, held in manifests(folder))


def _data_set(data: str, manifest: Mapping[str, Any]) -> str:
    made = manifest["settings"]
    name, licences = made["preset"]["name"], manifest["licences"]
    rows = [
        f"`{data}`, made by `python tools/make_data.py --preset {name}` "
        f"(recipe {made['recipe']}, seed {made['seed']}):\n",
        *(_split(split, held) for split, held in manifest["splits"].items()),
        f"- texts: {_packages(made['texts'], licences)}; names, numbers, dates, amounts, forms, "
        "receipts and prescriptions are invented by the generator",
    ]
    if made["own_texts"] or made["own_fonts"]:
        rows.append(f"- own texts: {len(made['own_texts'])} files; fonts: {len(made['own_fonts'])}")
    by_licence: dict[str, dict[str, str]] = {}
    for package, version in made["fonts"].items():
        by_licence.setdefault(licences[package], {})[package] = version
    for licence, fonts in by_licence.items():
        rows.append(f"- fonts under {licence}, those of validation and tests among them: ")
        rows[-1] += ", ".join(f"{name.removeprefix(_FONTS)} {fonts[name]}" for name in fonts)
    return "\n".join(rows)


def _split(name: str, held: Mapping[str, Any]) -> str:
    families = sum(len(each) for each in held["font_families"].values())
    passages = sum(held["passages"].values())
    return (
        f"- {name}: {held['lines']:,} lines, {families} font families, {passages:,} passages of "
        f"text, {held['characters']} different characters"
    )


def _packages(versions: Mapping[str, str], licences: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version} ({licences[name]})" for name, version in versions.items())
