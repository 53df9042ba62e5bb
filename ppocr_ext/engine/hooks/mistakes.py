"""Keeps what the best evaluation read wrong, for the report's gallery."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ppocr_ext.engine import parallel
from ppocr_ext.engine.hooks.base import Hook, spared
from ppocr_ext.files import replacing
from ppocr_ext.report.gallery import FILE

if TYPE_CHECKING:
    from ppocr_ext.data.batch import Batch
    from ppocr_ext.engine.loop import Trainer

MOST_KEPT = 300


class Mistakes(Hook):
    """``errors.jsonl``: the most confident mistakes of the newest best evaluation, those first.

    One object a line with image (path), truth, prediction and confidence (0 … 1).

    Args:
        run: the run's folder.
        images: the folder that paths in the validation labels start from.
    """

    def __init__(self, run: Path, images: Path) -> None:
        self.path, self.images = run / FILE, images
        self.found: list[dict[str, Any]] = []

    def reset(self) -> None:
        """Before an evaluation."""
        self.found = []

    def add(self, batch: Batch, readings: Sequence[tuple[str, float]]) -> None:
        """Take what was read, (text, confidence), of each line of ``batch``."""
        for path, truth, (text, confidence) in zip(batch.paths, batch.texts, readings, strict=True):
            if text != truth:
                image = (self.images / path).as_posix()
                entry = {"image": image, "truth": truth, "prediction": text}
                self.found.append({**entry, "confidence": round(confidence, 4)})
        self.found = _most_confident(self.found)

    def after_evaluation(self, trainer: Trainer, metrics: Mapping[str, Any]) -> None:
        if not metrics["is_best"]:
            return
        lines = _most_confident(parallel.gather(self.found))
        if parallel.rank() == 0:
            with spared(self.path), replacing(self.path) as stream:
                stream.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _most_confident(mistakes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(mistakes, key=lambda one: (-one["confidence"], one["image"]))[:MOST_KEPT]
