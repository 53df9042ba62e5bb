"""The check's result as text and as plots."""

from __future__ import annotations

import unicodedata
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ppocr_ext.data.check.findings import KINDS, Severity
from ppocr_ext.data.check.labels import LabelStatistics, suggest
from ppocr_ext.data.check.run import Result
from ppocr_ext.files import replacing
from ppocr_ext.show.formats import counted
from ppocr_ext.text.charset import Charset

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_UNKNOWN_SHOWN = 20
_RARE = 20  # occurrences below which a letter is called rare
_LETTERS_A_LINE = 12
_VERDICTS = {
    Severity.NOTE: "fit for training",
    Severity.WARNING: "fit for training, with warnings",
    Severity.ERROR: "errors: such lines are left out of training and count as wrong in evaluation",
}
_NOTHING = "nothing was checked: no label file could be read"
_USELESS = "errors: no line can be used, none has both a valid label and an image that can be read"


def format_result(result: Result, charset: Charset) -> str:
    """The whole report as plain text."""
    parts = [
        _sizes(result),
        _table(result),
        _unknown(result, charset),
        _respelled(result),
        _letters(result),
        f"result: {_verdict(result)}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _verdict(result: Result) -> str:
    if not result.usable:
        return _USELESS if result.lines else _NOTHING
    return _VERDICTS[result.findings.severity]


def _sizes(result: Result) -> str:
    rows = []
    for name, statistics in result.statistics.items():
        if not statistics.lines:
            continue
        characters = counted(statistics.characters.total(), "character")
        row = f"{name}: {counted(statistics.lines, 'line')}, {characters}"
        if statistics.lengths:
            row += ", label length " + _spread(_lengths(statistics))
        widths = [part[part > 0] for part in result.widths.get(name, [])]
        if widths and sum(map(len, widths)):
            row += ", width " + _spread(np.concatenate(widths))
        rows.append(row)
    return "\n".join(rows)


def _lengths(statistics: LabelStatistics) -> np.ndarray:
    """int64 [lines] characters of each label, in no order."""
    return np.repeat([*statistics.lengths], [*statistics.lengths.values()])


def _spread(values: np.ndarray) -> str:
    low, middle, high = np.percentile(values, [1, 50, 99]).astype(int)
    return f"{low} / {middle} / {high} (1 %, median, 99 %)"


def _table(result: Result) -> str:
    findings = result.findings
    kinds = sorted(findings.counts, key=lambda kind: (-KINDS[kind].severity, kind))
    lines = []
    for kind in kinds:
        lines.append(
            f"{KINDS[kind].severity.name:<8}{findings.counts[kind]:>9,}  {KINDS[kind].what}"
        )
        lines += [f"{'':19}{example}" for example in findings.examples(kind)]
        lines += [f"{'':19}cure: {cure}" for cure in findings.cures(kind)]
    return "\n".join(lines) or "no problems found"


def _unknown(result: Result, charset: Charset) -> str:
    total: Counter[str] = Counter()
    for statistics in result.statistics.values():
        total.update(statistics.unknown)
    lines = [
        f"  {character!r} U+{ord(character):04X} {unicodedata.name(character, 'unnamed').lower()}"
        f": {counted(count, 'time')}; {suggest(character, charset)}"
        for character, count in total.most_common(_UNKNOWN_SHOWN)
    ]
    more = len(total) - _UNKNOWN_SHOWN
    lines += [f"  and {more} more"] if more > 0 else []
    return "\n".join(["characters outside the dictionary:", *lines]) if total else ""


def _respelled(result: Result) -> str:
    total: Counter[str] = Counter()
    for statistics in result.statistics.values():
        total.update(statistics.respelled)
    lines = [
        f"  {change}: {counted(count, 'time')}"
        for change, count in total.most_common(_UNKNOWN_SHOWN)
    ]
    return "\n".join(["spellings that training corrects:", *lines]) if total else ""


def _letters(result: Result) -> str:
    """Counts of the 134 letters in the training labels (in all, when there are none)."""
    name = "train" if "train" in result.statistics else next(iter(result.statistics), "")
    if not name or not result.statistics[name].usable:
        return ""
    counts = result.statistics[name].letters()
    if not any(counts.values()):
        return f"none of the 134 Vietnamese letters is in the {name} labels"
    cells = [f"{letter} {count:<8,}" for letter, count in counts.items()]
    rows = [
        "  " + "".join(cells[start : start + _LETTERS_A_LINE]).rstrip()
        for start in range(0, len(cells), _LETTERS_A_LINE)
    ]
    missing = [letter for letter, count in counts.items() if count == 0]
    rare = [letter for letter, count in counts.items() if 0 < count < _RARE]
    notes = [f"  missing ({len(missing)}): {' '.join(missing)}"] if missing else []
    notes += [f"  rare, below {_RARE} ({len(rare)}): {' '.join(rare)}"] if rare else []
    return "\n".join([f"the 134 Vietnamese letters in the {name} labels:", *rows, *notes])


def plot_result(result: Result, path: Path) -> None:
    """Histograms of widths, label lengths and letters, as a PNG."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (widths, lengths, letters) = plt.subplots(3, 1, figsize=(14, 11))
    for name, statistics in result.statistics.items():
        parts = result.widths.get(name)
        if parts:
            _histogram(widths, np.concatenate(parts), name)
        _histogram(lengths, _lengths(statistics), name)
        counts = statistics.letters()
        letters.plot([*counts], [max(count, 0.5) for count in counts.values()], ".", label=name)
    widths.set_xlabel("width of the line in pixels at the training height")
    lengths.set_xlabel("characters of the label")
    letters.set_ylabel("occurrences (lowest: none)")
    letters.set_yscale("log")
    letters.tick_params(axis="x", labelsize=6)
    letters.margins(x=0.01)
    for axes in (widths, lengths, letters):
        if axes.has_data():
            axes.legend()
    figure.tight_layout()
    with replacing(path, "wb") as stream:
        figure.savefig(stream, format="png", dpi=110)
    plt.close(figure)


def _histogram(axes: Axes, values: np.ndarray, name: str) -> None:
    values = values[values > 0]
    if len(values):
        top = int(np.percentile(values, 99.5)) + 1
        bins = list(range(0, top + 1, -(-top // 80)))  # whole numbers: no comb of empty bins
        axes.hist(values, bins=bins, alpha=0.6, label=name)
        axes.set_ylabel("lines")
