"""The model card: what the model is, how good, what it was trained on, and its limits."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from ppocr_ext.checksums import read_sums, sha256_of
from ppocr_ext.config import Config, load_config
from ppocr_ext.errors import UserError
from ppocr_ext.export.engines import fastest_engine
from ppocr_ext.export.settings import ModelSettings
from ppocr_ext.files import read_text
from ppocr_ext.infer.language import FILE_NAME as LANGUAGE
from ppocr_ext.publishing.scores import Score, score_cells
from ppocr_ext.records.reading import read_logs
from ppocr_ext.report.summary import machine
from ppocr_ext.runs.run import INFERENCE
from ppocr_ext.runtime import cpu_name, usable_processors
from ppocr_ext.show.formats import counted
from ppocr_ext.show.tables import markdown_table
from ppocr_ext.synth.manifest import MANIFEST

_FONTS = "fontpkg-"  # what the packages of most families are called before the family's name


def manifests(folder: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(folder, manifest) of each data set that the configs of a published folder train on.

    Raises :class:`UserError` for label files without one: their licence would be unknown.
    """
    configs = [*sorted(folder.glob("config_history/*.yml")), folder / "config.yml"]
    datasets = [load_config(path).Train.dataset for path in configs]
    labels = [name for dataset in datasets for name in dataset.label_file_list]
    for data in dict.fromkeys(Path(name).parent for name in labels):
        if not (data / MANIFEST).is_file():
            raise UserError(
                f"{data.as_posix()} has no {MANIFEST}: its sources are unknown",
                "data sets of tools/make_data.py, which names texts, fonts and their licences",
                "publish only runs that were trained on such sets",
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
        texts = counted(len(made["own_texts"]), "file")
        rows.append(f"- own texts: {texts}; fonts: {len(made['own_fonts'])}")
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


_TEMPLATE = Path(__file__).with_name("card.md")


@dataclass(frozen=True)
class Training:
    """What is behind the weights: their run's config, its data in Markdown, optimizer steps, lines
    seen, seconds."""

    config: Config
    data: str
    global_step: int
    samples: int
    seconds: float


def model_card(
    folder: Path, name: str, training: Training, parts: Sequence[Score], others: Sequence[Score]
) -> str:
    """``README.md`` of the folder, which will be called ``name``, from everything else in it.

    Args:
        parts: scores on the synthetic test, that of all parts last.
        others: scores on lines that are not published.
    """
    settings = ModelSettings.read(folder / INFERENCE)
    return Template(read_text(_TEMPLATE)).substitute(
        name=name,
        model=settings.name,
        characters=len(settings.charset.characters),
        scores=_score_table([*parts, *others]),
        notes="\n".join(_notes(folder, others)),
        calibration=_calibration(settings),
        data=training.data,
        training=_training(folder, training),
        commands=_commands(training.config, name),
        files=_file_table(folder),
    )


def _score_table(scores: Sequence[Score]) -> str:
    rows = [(each.name, str(each.lines), *score_cells(each), _plain(each)) for each in scores]
    head = ["set", "lines", "acc", "without spaces", "unaccented acc", "CER", "WER", "ms/line"]
    return markdown_table([*head, "in PaddleOCR: acc, CER"], rows, is_markdown=True)


def _plain(score: Score) -> str:
    return f"{score.plain_acc:.3f}, {score.plain_cer:.4f}"


def _notes(folder: Path, others: Sequence[Score]) -> Iterator[str]:
    language = folder / LANGUAGE
    helped = f"with the language model, `{language.name}`, and " if language.is_file() else ""
    yield (
        f"- Read as `infer_rec.py` does: {helped}narrow letters twice. PaddleOCR reads with the "
        "network alone."
    )
    if others:
        names = ", ".join(each.name for each in others)
        yield f"- {names}: third-party lines, not published and not used for training."
    yield (
        f"- {usable_processors()} lines at a time by {fastest_engine()} on {cpu_name()}; other "
        f"load on the machine was not excluded."
    )


def _calibration(settings: ModelSettings) -> str:
    found = settings.facts.get("calibration")
    if not found:
        return "not calibrated: confidences are the network's own"
    return (
        f"divided by temperature {found['temperature']}: on {found['characters']:,} characters the "
        f"expected calibration error fell from {found['ece_before']} to {found['ece_after']}"
    )


def _training(folder: Path, training: Training) -> str:
    starts = read_logs([folder / "train.log"], []).starts
    return (
        f"{training.global_step:,} steps, {training.samples:,} lines seen, "
        f"{training.seconds / 60:,.0f} minutes in {counted(len(starts), 'session')}: "
        f"{machine(starts[0]) if starts else 'see train.log'}."
    )


def _commands(config: Config, name: str) -> str:
    makers = (config.Global.make_pretrained, config.Train.dataset.make, config.Eval.dataset.make)
    train = f"python tools/train.py -c output/{name}/config.yml"
    return "\n".join(dict.fromkeys([*filter(None, makers), train]))


def _file_table(folder: Path) -> str:
    """Of weights and models; the records beside them are made again with each publication."""
    exported = folder / INFERENCE
    files = [place / name for place in (folder, exported) for name in read_sums(place)]
    rows = [
        (f"`{path.relative_to(folder).as_posix()}`", f"{path.stat().st_size:,}", sha256_of(path))
        for path in files
    ]
    return markdown_table(("file", "bytes", "SHA-256"), rows, is_markdown=True)
