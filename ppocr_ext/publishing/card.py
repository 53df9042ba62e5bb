"""The model card: what the model is, how good, what it was made of, and what it may not do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from ppocr_ext.checksums import read_sums, sha256_of
from ppocr_ext.config import Config
from ppocr_ext.export.engines import fastest_engine
from ppocr_ext.export.settings import ModelSettings
from ppocr_ext.files import read_text
from ppocr_ext.infer.language import language_file
from ppocr_ext.publishing.scores import Score, score_cells
from ppocr_ext.runs.published import INFERENCE
from ppocr_ext.runtime import cpu_name, usable_processors
from ppocr_ext.show.tables import markdown_table

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
    head = ["set", "lines", "acc", "without spaces", "accents ignored", "CER", "WER", "ms/line"]
    return markdown_table([*head, "in PaddleOCR: acc, CER"], rows, is_markdown=True)


def _plain(score: Score) -> str:
    return f"{score.plain_acc:.3f}, {score.plain_cer:.4f}"


def _notes(folder: Path, others: Sequence[Score]) -> Iterator[str]:
    language = language_file(folder)
    helped = f"with the language model, `{language.name}`, and " if language.is_file() else ""
    yield (
        f"- Read as `infer_rec.py` does: {helped}narrow letters twice. PaddleOCR reads with the "
        "network alone."
    )
    if others:
        names = ", ".join(each.name for each in others)
        yield f"- {names}: lines of others, which are not published and were not trained on."
    yield (
        f"- {usable_processors()} lines at a time by {fastest_engine()} on {cpu_name()}, while the "
        "machine was as busy as it was."
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
    log = read_text(folder / "train.log")
    machine = re.search(r"train with (paddle .*?), \d+ steps", log)
    sessions = len(re.findall(r"INFO: train with paddle", log))
    return (
        f"{training.global_step:,} steps, {training.samples:,} lines seen, "
        f"{training.seconds / 60:,.0f} minutes in {sessions} session(s): "
        f"{machine[1] if machine else 'see train.log'}."
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
