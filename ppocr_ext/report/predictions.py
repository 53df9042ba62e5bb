"""What ``tools/infer_rec.py`` read, beside the labels of the same images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ppocr_ext.records.lines import LineReader
from ppocr_ext.report.configs import lookup

FILE = "predicts_rec.txt"


def read_predictions(folder: Path, config: Mapping[str, Any]) -> list[dict[str, Any]]:
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
    yield folder / FILE
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
