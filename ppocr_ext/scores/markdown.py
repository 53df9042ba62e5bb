"""An evaluation as a page of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ppocr_ext.scores.breakdown import Group
from ppocr_ext.scores.evaluation import Evaluation
from ppocr_ext.show.tables import escape, markdown_table
from ppocr_ext.text.letters import SHAPES, TONES

_MEANINGS = {
    "acc": "lines read exactly",
    "norm_edit_dis": "1 − mean of each line's edits / its length",
    "cer": "edits / characters",
    "wer": "word edits / words",
    "unaccented_acc": "lines right but for shape and tone marks",
    "tone_errors": "vowels with a wrong tone, of those whose base letter is right",
    "case_blind_acc": "lines right but for case",
    "paddleocr_acc": "lines right for PaddleOCR's RecMetric: spaces do not count, and with --dict "
    "characters that the network cannot write do not either",
    "paddleocr_norm_edit_dis": "norm_edit_dis of the same",
    "ece": "how far confidences are from the share of right characters",
}
_SHOWN = 20


def to_markdown(evaluation: Evaluation, title: str) -> str:
    """The whole page; every text from the files is escaped."""
    sections = [f"# {escape(title)}", _summary(evaluation), *_confusions(evaluation)]
    sections += [_groups(what, groups) for what, groups in evaluation.groups.items()]
    sections += [_reliability(evaluation), _worst(evaluation)]
    return "\n\n".join(section for section in sections if section) + "\n"


def _summary(evaluation: Evaluation) -> str:
    rows = []
    for name, meaning in _MEANINGS.items():
        if name in evaluation.scores:
            interval = evaluation.intervals.get(name)
            span = f"{interval.low:.4f} to {interval.high:.4f}" if interval else ""
            rows.append((name, f"{evaluation.scores[name]:.4f}", span, meaning))
    table = markdown_table(("score", "value", "95 % interval", "what"), rows)
    spaces = evaluation.confusion.spaces()
    notes = [f"{evaluation.scores['n']:.0f} lines"]
    if evaluation.missing:
        notes.append(f"{evaluation.missing} of them without a prediction, counted as read empty")
    if evaluation.unused:
        notes.append(f"{evaluation.unused} predictions of other images left out")
    dropped, added = spaces["dropped"], spaces["inserted"]
    notes.append(f"of {spaces['true']} spaces {dropped} were dropped, and {added} were added")
    notes.append(f"{evaluation.only_paddleocr} lines are right as PaddleOCR counts, and wrong here")
    return f"{table}\n\n{'; '.join(notes)}."


def _confusions(evaluation: Evaluation) -> list[str]:
    confusion = evaluation.confusion
    parts = [
        "## Tones, true in rows, read in columns\n\n" + _matrix(TONES, confusion.tones()),
        "## Shapes\n\n" + _matrix(SHAPES, confusion.shapes()),
    ]
    tables = {
        "Characters read as others": confusion.characters(),
        "Base letters": confusion.bases(),
        "Digits": confusion.digits(),
        "Case": confusion.case(),
    }
    for title, counts in tables.items():
        rows = [(true, read, str(times)) for (true, read), times in counts.most_common(_SHOWN)]
        if rows:
            parts.append(f"## {title}\n\n" + markdown_table(("true", "read", "times"), rows))
    for title, marks in (
        ("Characters dropped", confusion.dropped()),
        ("Characters added", confusion.inserted()),
        ("Marks dropped", confusion.dropped_marks()),
        ("Marks added", confusion.inserted_marks()),
    ):
        if marks:
            named = [(name, str(times)) for name, times in marks.most_common(_SHOWN)]
            parts.append(f"## {title}\n\n" + markdown_table(("what", "times"), named))
    return parts


def _groups(what: str, groups: Sequence[Group]) -> str:
    if what == "frequency":
        rows = [(g.name, str(g.n), f"{g.acc:.4f}") for g in groups]
        table = markdown_table(("rank", "characters", "right"), rows)
        return f"## Characters by frequency\n\n{table}"
    rows4 = [(g.name, str(g.n), f"{g.acc:.4f}", f"{g.cer:.4f}") for g in groups]
    return f"## By {what}\n\n" + markdown_table((what, "lines", "acc", "cer"), rows4)


def _reliability(evaluation: Evaluation) -> str:
    rows = [(f"{b.confidence:.3f}", f"{b.right:.3f}", str(b.characters)) for b in evaluation.bins]
    if not rows:
        return ""
    head = ("mean confidence", "characters right", "characters")
    return "## Confidence\n\n" + markdown_table(head, rows)


def _worst(evaluation: Evaluation) -> str:
    rows = [(p.image, p.truth, p.prediction) for p in evaluation.worst]
    return "## Worst lines\n\n" + markdown_table(("image", "truth", "read"), rows) if rows else ""


def _matrix(names: Sequence[str], matrix: Iterable[Iterable[int]]) -> str:
    rows = [(name, *map(str, row)) for name, row in zip(names, matrix, strict=True)]
    return markdown_table(("", *names), rows)
