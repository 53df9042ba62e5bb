"""Lines that were read wrong, sorted by what went wrong."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ppocr_ext.records.jsonl import read_json_lines
from ppocr_ext.records.lines import LineReader
from ppocr_ext.report.configs import lookup
from ppocr_ext.text.letters import decompose, strip_marks

FILE = "errors.jsonl"
PREDICTIONS = "predicts_rec.txt"  # of tools/infer_rec.py
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
    entries = read_json_lines(folder / FILE, MOST_READ) or _predictions(folder, config)
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
    """Which of :data:`KINDS` tells the difference best."""
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
    """Both texts in pieces that are equal, differ in marks, or differ otherwise."""
    pieces: list[Piece] = []
    matcher = difflib.SequenceMatcher(None, truth, prediction, autojunk=False)
    for operation, i, j, k, m in matcher.get_opcodes():
        ours, theirs = truth[i:j], prediction[k:m]
        if operation == "equal":
            pieces.append(Piece("same", ours, theirs))
        elif len(ours) == len(theirs):
            pairs = zip(ours, theirs, strict=True)
            pieces += [Piece("mark" if _same_base(a, b) else "other", a, b) for a, b in pairs]
        else:
            pieces.append(Piece("other", ours, theirs))
    return tuple(pieces)


def _same_base(one: str, other: str) -> bool:
    return strip_marks(one) == strip_marks(other)


def _predictions(folder: Path, config: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Objects as in ``errors.jsonl``: image, truth, prediction, confidence.

    Predictions are joined with the validation labels by path. Labels that changed after the
    predictions were made are another set of lines: then there are none.
    """
    path = next((p for p in _files(folder, config) if p.is_file()), None)
    if path is None:
        return []
    labels = _labels(config, path.stat().st_mtime)
    found = []
    for line in _lines(path):
        image, text, confidence = (*line.split("\t"), "", "")[:3]
        if image in labels:
            source, truth = labels[image]
            entry = {"image": source, "truth": truth, "prediction": text}
            found.append({**entry, "confidence": _number(confidence)})
    return found


def _files(folder: Path, config: Mapping[str, Any]) -> Iterator[Path]:
    yield folder / PREDICTIONS
    named = lookup(config, "Global.save_res_path")
    if isinstance(named, str) and named:
        yield Path(named)


def _labels(config: Mapping[str, Any], made: float) -> dict[str, tuple[str, str]]:
    """Path as written → (path of the image, label), of label files older than ``made``."""
    names = lookup(config, "Eval.dataset.label_file_list")
    root = Path(str(lookup(config, "Eval.dataset.data_dir") or "."))
    labels = {}
    for name in names if isinstance(names, list) else [names]:
        if not isinstance(name, str) or not Path(name).is_file():
            continue
        if Path(name).stat().st_mtime > made:
            continue
        for line in _lines(Path(name)):
            image, tab, truth = line.partition("\t")
            if tab:
                labels[image] = (str(root / image), truth)
    return labels


def _lines(path: Path) -> Iterator[str]:
    reader = LineReader(path)
    for batch in reader.batches():
        yield from batch
    yield from reader.tail()


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
