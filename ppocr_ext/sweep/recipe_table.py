"""Compared recipes as one page: scores with intervals, and what each gained or lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from ppocr_ext.errors import UserError
from ppocr_ext.evaluation import Evaluation, Pairs, evaluate
from ppocr_ext.evaluation.resample import share_interval
from ppocr_ext.files import read_text, write_text
from ppocr_ext.metrics import Interval, count_line
from ppocr_ext.sweep.recipes import Trial, name_of

BEGIN, END = "<!-- recipes: made by tools/compare_recipes.py -->", "<!-- end of recipes -->"


@dataclass(frozen=True)
class Reading:
    """One recipe's readings of one label file."""

    pairs: Pairs

    @cached_property
    def evaluation(self) -> Evaluation:
        return evaluate(self.pairs)

    @cached_property
    def counts(self) -> np.ndarray:
        """int64 [lines, 3]: whether exact, edits, characters."""
        lines = [count_line(pair.prediction, pair.truth) for pair in self.pairs.lines]
        return np.array([(line.exact, line.edits, line.characters) for line in lines])


def page(trials: Sequence[Trial], labels: Sequence[Path], steps: int) -> str:
    """Markdown, a table for each label file; recipes are compared with the first trial."""
    sections = [
        f"{steps} steps each. In brackets 95 % bootstrap intervals over lines; differences to "
        f"{trials[0].name} are paired, line by line. A recipe is called better or worse where the "
        "interval of the difference in CER leaves out 0, as one in twenty does by chance."
    ]
    for number, path in enumerate(labels):
        readings = {trial.name: Reading(trial.pairs[number]) for trial in trials}
        minutes = [trial.minutes for trial in trials]
        sections += [f"{name_of(path)}, {len(trials[0].pairs[number].lines)} lines:"]
        sections += ["\n".join(_rows(readings, minutes))]
    return "\n\n".join(sections) + "\n"


def _rows(readings: dict[str, Reading], minutes: Sequence[float]) -> Iterator[str]:
    yield "| recipe | acc | CER | tone errors | acc gained | CER gained | so it is | minutes |"
    yield "|---|---|---|---|---|---|---|---|"
    first = next(iter(readings.values()))
    for (name, reading), taken in zip(readings.items(), minutes, strict=True):
        scores, spans = reading.evaluation.scores, reading.evaluation.intervals
        cells = [_cell(scores[score], spans[score]) for score in ("acc", "cer", "tone_errors")]
        cells += ["", "", ""] if reading is first else _differences(reading.counts, first.counts)
        yield "| " + " | ".join([name, *cells, f"{taken:.1f}"]) + " |"


def _differences(ours: np.ndarray, theirs: np.ndarray) -> list[str]:
    """Of acc and of CER, and what the latter means."""
    exact, edits, _ = (ours - theirs).T
    characters = ours[:, 2]
    lines = np.ones_like(exact)
    acc, cer = share_interval(exact, lines), share_interval(edits, characters)
    verdict = "better" if cer.high < 0 else "worse" if cer.low > 0 else "not shown"
    gained = exact.sum() / len(exact), edits.sum() / max(characters.sum(), 1)
    return [_cell(gained[0], acc, "+"), _cell(gained[1], cer, "+"), verdict]


def _cell(value: float, span: Interval, sign: str = "") -> str:
    return f"{value:{sign}.4f} ({span.low:{sign}.4f} to {span.high:{sign}.4f})"


def write_into(log: Path, text: str) -> None:
    """Put ``text`` between the two marks of ``log``; raises :class:`UserError` without them."""
    before, after = around_table(log)
    write_text(log, f"{before}{BEGIN}\n\n{text}\n{END}{after}")


def around_table(log: Path) -> tuple[str, str]:
    """The text before the first mark and behind the second."""
    before, begin, rest = (read_text(log) if log.is_file() else "").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise UserError(f"{log} has no place for the table", f"the lines {BEGIN} and {END}")
    return before, after
