"""A sweep's trials read the same lines: scores with intervals, and what each gained or lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ppocr_ext.checkpoint.checkpoint import BEST_AVERAGE, LATEST
from ppocr_ext.files import write_text
from ppocr_ext.runs.run import Run
from ppocr_ext.scores.evaluation import evaluate
from ppocr_ext.scores.pairs import Pairs, read_pairs
from ppocr_ext.scores.recognition import Counts, Interval, share_interval
from ppocr_ext.show.formats import counted
from ppocr_ext.show.tables import escape, markdown_table
from ppocr_ext.sweep.results import Results, Row

PAGE = "comparison.md"
_HEAD = ("trial", "acc", "CER", "tone errors", "acc gained", "CER gained", "CER is", "minutes")


@dataclass(frozen=True)
class Trial:
    """One trained trial. pairs: its readings of each label file; minutes: of training."""

    name: str
    pairs: list[Pairs]
    minutes: float


def compare(results: Results, folder: Path) -> list[Path]:
    """Write the page into ``folder`` once two trials have reached their end; what was written.

    Lines that a trial has read are not read again.
    """
    labels = [Path(each) for each in results.sweep.compare_on]
    rows = sorted((row for row in results.rows if row.is_whole), key=lambda row: row.number)
    here = [row for row in rows if Path(row.facts["folder"]).is_dir()]  # not another machine's
    if not labels or len(here) < 2:
        return []
    trials = [_read_by(row, labels) for row in here]
    write_text(folder / PAGE, f"# Trials compared\n\n{page(trials, labels)}")
    return [folder / PAGE]


def _read_by(row: Row, labels: Sequence[Path]) -> Trial:
    run, pairs = Path(row.facts["folder"]), []
    for path in labels:
        predictions = run / f"{name_of(path).replace('/', '.')}.predictions.txt"
        if not predictions.is_file():
            _read(run, path, predictions)
        pairs.append(read_pairs(predictions, path))
    return Trial(row.name, pairs, row.facts["seconds"] / 60)


def _read(run: Path, labels: Path, output: Path) -> None:
    """By the network alone as training ended, with the average of its weights where there is one:
    no trial is flattered by a choice on these lines."""
    from ppocr_ext.infer.predict import PredictOptions, predict
    from ppocr_ext.infer.recognizer import Recognizer
    from ppocr_ext.infer.shards import Shard
    from ppocr_ext.infer.sources import open_source

    name = BEST_AVERAGE if Run(run).find(BEST_AVERAGE) else LATEST
    recognizer = Recognizer(run / name, "float32", language_model=None, reread=False)
    options = PredictOptions(judge=False)
    predict(recognizer, open_source(str(labels)), output, options, Shard.of_this_process())


def name_of(labels: Path) -> str:
    """``set/val.txt``: enough to distinguish label files, and nothing of this machine."""
    return "/".join(labels.resolve().parts[-2:])


def page(trials: Sequence[Trial], labels: Sequence[Path]) -> str:
    """Markdown, a table for each label file; the others are compared with the first trial."""
    sections = [
        f"In brackets 95 % bootstrap intervals over lines; differences to {escape(trials[0].name)} "
        "are paired, line by line. A CER is called better or worse where the interval of its "
        "difference leaves out 0, as one in twenty does by chance."
    ]
    for number, path in enumerate(labels):
        sections += [
            f"{escape(name_of(path))}, {counted(len(trials[0].pairs[number].lines), 'line')}:"
        ]
        sections += [markdown_table(_HEAD, _rows(trials, number))]
    return "\n\n".join(sections) + "\n"


def _rows(trials: Sequence[Trial], number: int) -> Iterator[list[str]]:
    first = None
    for trial in trials:
        found = evaluate(trial.pairs[number])
        scores, spans = found.scores, found.intervals
        cells = [_cell(scores[score], spans[score]) for score in ("acc", "cer", "tone_errors")]
        cells += ["", "", ""] if first is None else _differences(found.counts, first)
        first = first or found.counts
        yield [trial.name, *cells, f"{trial.minutes:.1f}"]


def _differences(ours: Sequence[Counts], theirs: Sequence[Counts]) -> list[str]:
    """Of acc and of CER, and what the latter means; both of the same lines."""
    pairs = [*zip(ours, theirs, strict=True)]
    exact = np.array([one.exact - other.exact for one, other in pairs])
    edits = np.array([one.edits - other.edits for one, other in pairs])
    characters = np.array([one.characters for one in ours])
    lines = np.ones_like(exact)
    acc, cer = share_interval(exact, lines), share_interval(edits, characters)
    verdict = "better" if cer.high < 0 else "worse" if cer.low > 0 else "not shown"
    gained = exact.sum() / len(exact), edits.sum() / max(characters.sum(), 1)
    return [_cell(gained[0], acc, "+"), _cell(gained[1], cer, "+"), verdict]


def _cell(value: float, span: Interval, sign: str = "") -> str:
    return f"{value:{sign}.4f} ({span.low:{sign}.4f} to {span.high:{sign}.4f})"
