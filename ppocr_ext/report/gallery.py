"""Lines that were read wrong, sorted by what went wrong."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ppocr_ext.errors import UserError
from ppocr_ext.records.jsonl import read_json_lines
from ppocr_ext.runs.history import lookup
from ppocr_ext.text.letters import decompose, strip_marks

FILE = "errors.jsonl"
PREDICTIONS = "predicts_rec.txt"
MOST_READ = 20_000

# kind → its title, in the order in which a pair of texts is tried
KINDS = {
    "space": "spaces only",
    "tone": "tones only",
    "shape": "â ă ê ô ơ ư đ only",
    "marks": "tones and shapes",
    "case": "capitals only",
    "missing": "characters missing",
    "extra": "characters too many",
    "digits": "digits",
    "letters": "other letters",
}


@dataclass(frozen=True)
class Piece:
    """A stretch of both texts: equal, a mark wrong, or another difference."""

    kind: str  # same, mark, other
    truth: str
    prediction: str


@dataclass(frozen=True)
class Mistake:
    """One line that was read wrong."""

    image: str
    truth: str
    prediction: str
    confidence: float | None
    kind: str  # of KINDS
    pieces: tuple[Piece, ...]


def read_mistakes(folder: Path, config: Mapping[str, Any]) -> list[Mistake]:
    """The run's mistakes, the most confident first.

    From ``errors.jsonl`` in the run's folder, one object a line with image (path), truth,
    prediction and confidence (0 … 1); without it, from ``predicts_rec.txt`` and the labels.
    """
    entries: list[dict[str, Any]] = read_json_lines(folder / FILE, MOST_READ)
    entries = entries or [*_predicted(folder, config)]
    found = []
    for entry in entries[:MOST_READ]:
        truth, prediction = _text(entry, "truth"), _text(entry, "prediction")
        if truth is not None and prediction is not None and truth != prediction:
            confidence = entry.get("confidence")
            number = float(confidence) if isinstance(confidence, (int, float)) else None
            pieces, kind = align(truth, prediction), kind_of(truth, prediction)
            image = str(entry.get("image", ""))
            found.append(Mistake(image, truth, prediction, number, kind, pieces))
    return sorted(found, key=lambda one: -(one.confidence or 0.0))


def _text(entry: Mapping[str, Any], key: str) -> str | None:
    text = entry.get(key)
    return unicodedata.normalize("NFC", text) if isinstance(text, str) else None


def kind_of(truth: str, prediction: str) -> str:
    """Which of :data:`KINDS` describes the difference best."""
    if truth.replace(" ", "") == prediction.replace(" ", ""):
        return "space"
    if strip_marks(truth) == strip_marks(prediction):
        tones = any(_differ(truth, prediction, "tone"))
        shapes = any(_differ(truth, prediction, "shape"))
        return "marks" if tones and shapes else "tone" if tones else "shape"
    if truth.casefold() == prediction.casefold():
        return "case"
    pieces = [piece for piece in align(truth, prediction) if piece.kind != "same"]
    if all(not piece.prediction for piece in pieces):
        return "missing"
    if all(not piece.truth for piece in pieces):
        return "extra"
    if all(piece.truth.isdigit() for piece in pieces):
        return "digits"
    return "letters"


def _differ(truth: str, prediction: str, feature: str) -> list[bool]:
    return [
        getattr(decompose(ours), feature) != getattr(decompose(theirs), feature)
        for ours, theirs in zip(truth, prediction, strict=True)
    ]


def align(truth: str, prediction: str) -> tuple[Piece, ...]:
    """Both texts in pieces that are equal, differ in marks, or differ in another way: the letter
    pairs of the confusion table, of which equal, dropped and inserted ones are joined."""
    from ppocr_ext.scores.confusion import align as pairs_of  # numpy

    pieces: list[Piece] = []
    for true, read in pairs_of(prediction, truth):
        is_mark = strip_marks(true) == strip_marks(read)
        piece = Piece("same" if true == read else "mark" if is_mark else "other", true, read)
        if pieces and _is_alike(pieces[-1], piece):
            last = pieces.pop()
            piece = Piece(piece.kind, last.truth + true, last.prediction + read)
        pieces.append(piece)
    return tuple(pieces)


def _is_alike(one: Piece, other: Piece) -> bool:
    """Whether both are equal texts, both dropped, or both inserted."""
    if "same" in (one.kind, other.kind):
        return one.kind == other.kind
    return not (one.truth or other.truth) or not (one.prediction or other.prediction)


def _predicted(folder: Path, config: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What ``tools/infer_rec.py`` read, as in ``errors.jsonl``, beside the validation labels.

    Labels that changed after they were read are another set of lines.
    """
    from ppocr_ext.scores.pairs import read_pairs

    named = lookup(config, "Global.save_res_path")
    files = [folder / PREDICTIONS, *([Path(named)] if named and isinstance(named, str) else [])]
    read = next((path for path in files if path.is_file()), None)
    names = lookup(config, "Eval.dataset.label_file_list")
    root = Path(str(lookup(config, "Eval.dataset.data_dir") or "."))
    for name in names if isinstance(names, list) else [names]:
        labels = Path(name) if isinstance(name, str) else folder
        if read is None or not labels.is_file() or labels.stat().st_mtime > read.stat().st_mtime:
            continue
        with suppress(UserError):  # of other images, or no labels
            for pair in read_pairs(read, labels).lines:
                if pair.prediction or pair.confidence is not None:  # else it was not read
                    yield {**pair._asdict(), "image": str(root / pair.image)}
