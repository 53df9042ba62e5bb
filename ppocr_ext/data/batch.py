"""A padded batch of lines, as the engine takes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import numpy as np

from ppocr_ext.data.dataset import LineDataset, Problem, Sample
from ppocr_ext.transforms.augment import Augment
from ppocr_ext.transforms.resize import pad_batch, rescale


@dataclass
class Batch:
    """B lines, padded on the right. May be empty (B = 0) when no line of it could be used."""

    images: np.ndarray  # uint8 [B, H, W, 3] BGR, 0 right of a line's width
    widths: np.ndarray  # int32 [B] pixels that are the line's own
    labels: np.ndarray  # int32 [B, L] CTC classes, padded with 0 (blank)
    lengths: np.ndarray  # int32 [B] classes that count
    texts: list[str]  # normalised labels
    paths: list[str]
    indices: np.ndarray  # int64 [B] in the dataset
    problems: list[str]  # [B]: not empty where no loss can be computed (evaluation only)
    skipped: list[tuple[str, Problem]]  # (path, problem) of lines left out (training only)
    epoch: int = 0
    number: int = 0  # position in the epoch's plan
    strength: float = 1.0  # of the augmentation
    reader_cost: float = field(default=0.0, compare=False)  # seconds the consumer waited

    def __len__(self) -> int:
        return len(self.widths)


class Task(NamedTuple):
    """What a reader needs to know to make one batch, besides the dataset."""

    epoch: int
    number: int  # position in the epoch's plan
    indices: np.ndarray  # int64 [B] in the dataset
    augment: Augment | None
    strength: float
    width_multiple: int
    scale: float = 1.0  # that lines are read at, see ``rescale``
    min_width: int = 8  # of the padded images


def make_batch(dataset: LineDataset, task: Task) -> Batch:
    """Read and stack the task's lines: a pure function of its arguments."""
    change = partial(_change, task) if task.augment or task.scale != 1.0 else None
    indices, skipped = task.indices, []
    samples = [dataset.sample(task.epoch, index, change) for index in indices.tolist()]
    if dataset.train:
        skipped = [(sample.path, sample.problem) for sample in samples if sample.problem]
        kept = [not sample.problem for sample in samples]
        samples = [sample for sample in samples if not sample.problem]
        indices = indices[kept]
    lines = [sample.image for sample in samples]
    images, widths = pad_batch(lines, task.width_multiple, task.min_width)
    labels, lengths = _pad_labels(samples)
    return Batch(
        images=images,
        widths=widths,
        labels=labels,
        lengths=lengths,
        texts=[sample.text for sample in samples],
        paths=[sample.path for sample in samples],
        indices=indices,
        problems=[sample.problem.text if sample.problem else "" for sample in samples],
        skipped=skipped,
        epoch=task.epoch,
        number=task.number,
        strength=task.strength,
    )


def _change(task: Task, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if task.scale != 1.0:
        image = rescale(image, task.scale)
    return task.augment(image, rng, task.strength) if task.augment else image


def _pad_labels(samples: Sequence[Sample]) -> tuple[np.ndarray, np.ndarray]:
    lengths = np.array([len(sample.ids) for sample in samples], dtype=np.int32)
    labels = np.zeros((len(samples), max(1, int(lengths.max(initial=1)))), dtype=np.int32)
    for row, sample in zip(labels, samples, strict=True):
        row[: len(sample.ids)] = sample.ids
    return labels, lengths
