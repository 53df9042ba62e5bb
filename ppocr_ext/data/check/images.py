"""The images of one label file: can each be read, does it fit its label, how does it look."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from ppocr_ext.data.check.findings import Findings, Place
from ppocr_ext.data.check.labels import Judged
from ppocr_ext.data.check.pixels import (
    ROWS,
    THUMBNAIL,
    Reader,
    find_turned,
    has_ink,
    is_blank,
    looked_at,
    row_edges,
)
from ppocr_ext.data.dataset import CTC_STRIDE
from ppocr_ext.data.labels import LabelFile
from ppocr_ext.data.repair import ImageFinder
from ppocr_ext.data.sizes import image_size
from ppocr_ext.text.unicode import normalize
from ppocr_ext.transforms.image import RESERVED, UnreadableImage, is_reserved, read_image
from ppocr_ext.transforms.resize import HEIGHT, MAX_WIDTH, resized_width

HUGE_PIXELS = 20_000_000
TINY_HEIGHT = 10
EDGES_OF = 20_000  # lines at most that are looked at closely enough to see how they stand
_CHUNK = 512
# Times as many letters on an image's width as usual: the text is not there twice. Numbers without a
# space may repeat by chance, and one in five on receipts is narrower than the first.
_CROWDED, _CROWDED_CLEARLY = 1.25, 1.5
_USUAL_LETTERS = 2.6  # on as much width as an image is high; medians of real sets are 2.1 to 3.2
_FEWEST_LINES, _TYPICAL_LENGTH = 20, 4  # lines, and letters of a line, that a median is taken of
_MISSING = "no such file"  # as read_image says it
_KINDS = {_MISSING: "missing", RESERVED: "reserved"}


@dataclass
class ImageFacts:
    """What is known of the images of N lines."""

    sizes: np.ndarray  # int32 [N, 2] width, height in pixels; 0: unreadable
    widths: np.ndarray  # int32 [N] at the training height
    pixels: np.ndarray  # uint64 [N] equal for equal pixels; 0: not decoded
    thumbnails: np.ndarray  # uint8 [N, 128] grey, small
    edges: np.ndarray  # float16 [N, 24] of each row, from left to right; of every nth line, else 0
    blank: np.ndarray  # bool [N] no ink
    texts: np.ndarray  # int64 [N] equal for equal labels

    @classmethod
    def empty(cls, lines: int) -> ImageFacts:
        return cls(
            np.zeros((lines, 2), np.int32),
            np.zeros(lines, np.int32),
            np.zeros(lines, np.uint64),
            np.zeros((lines, THUMBNAIL[0] * THUMBNAIL[1]), np.uint8),
            np.zeros((lines, ROWS), np.float16),
            np.zeros(lines, bool),
            np.zeros(lines, np.int64),
        )


def check_images(
    labels: LabelFile,
    judged: Judged,
    findings: Findings,
    *,
    decode: bool = True,
    height: int = HEIGHT,
    max_width: int = MAX_WIDTH,
    read: Reader | None = None,
    progress: Callable[[int], None] = lambda lines: None,
) -> ImageFacts:
    """Check the images of each line; of several, facts are kept of the first.

    Args:
        judged: the labels, from ``check_labels``.
        decode: whether pixels are looked at; else existence and the header only.
        read: reads images, so that turned ones are found.
    """
    facts = ImageFacts.empty(len(labels))
    threads, finder = os.cpu_count() or 1, ImageFinder(labels.data_dir)
    chunks = [range(i, min(i + _CHUNK, len(labels))) for i in range(0, len(labels), _CHUNK)]
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, len(chunks), 4 * threads):
            part = chunks[start : start + 4 * threads]
            look = partial(_look, labels, judged, facts, decode)
            for lines, problems in zip(part, pool.map(look, part), strict=True):
                for index, path, problem in problems:
                    _add_problem(labels, index, path, problem, finder, findings)
                progress(lines.stop)
    facts.widths[:] = [
        resized_width(w, h, height, max_width) if h else 0 for w, h in facts.sizes.tolist()
    ]
    turned = find_turned(labels, judged.length, facts, read) if decode else {}
    for index, what in sorted(turned.items()):
        findings.add("turned", Place(labels, index), f": {labels[index].path} {what}")
    _check_shapes(labels, facts, judged, height, max_width, turned, findings)
    return facts


def _add_problem(
    labels: LabelFile,
    index: int,
    path: str,
    problem: str,
    finder: ImageFinder,
    findings: Findings,
) -> None:
    """A finding for an image that cannot be read."""
    kind = _KINDS.get(problem, "unreadable")
    if kind == "missing" and (found := finder.find(path)) is not None:
        kind, problem = "renamed", f"the file is {found.path}"
    findings.add(kind, Place(labels, index), f": {path}: {problem}")


def _look(
    labels: LabelFile, judged: Judged, facts: ImageFacts, decode: bool, lines: range
) -> list[tuple[int, str, str]]:
    """Fill in the facts of some lines; returns (line, path, problem) of unreadable images."""
    problems = []
    for index in lines:
        line = labels[index]
        facts.texts[index] = hash(normalize(line.text))
        if line.problem or judged.swapped[index]:
            continue
        for path in (line.path, *line.others):
            look = _decode if decode else _measure
            problem = look(labels.image_path(path), facts, index, path == line.path)
            if problem:
                problems.append((index, path, problem))
    return problems


def _measure(path: Path, facts: ImageFacts, index: int, first: bool) -> str:
    """What is wrong with an image as far as its header shows; keeps the size of the first one."""
    size = image_size(path)
    if first:
        facts.sizes[index] = size
    if size[0]:
        return ""
    if is_reserved(path):
        return RESERVED
    return "not an image" if path.exists() else _MISSING


def _decode(path: Path, facts: ImageFacts, index: int, first: bool) -> str:
    """What is wrong with an image; keeps the facts of the first one."""
    try:
        image = read_image(path)
    except UnreadableImage as error:
        return str(error)
    if not first:
        return ""
    facts.sizes[index] = image.shape[1], image.shape[0]
    digest = hashlib.blake2b(image.data if image.flags.c_contiguous else image.tobytes())
    digest.update(str(image.shape).encode())
    facts.pixels[index] = max(1, int.from_bytes(digest.digest()[:8], "little"))
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    line, thumbnail = looked_at(grey)
    facts.thumbnails[index] = thumbnail.ravel()
    if index % -(-len(facts.edges) // EDGES_OF) == 0:
        facts.edges[index] = row_edges(line)
    facts.blank[index] = not has_ink(line, thumbnail) and is_blank(grey)
    return ""


def _check_shapes(
    labels: LabelFile,
    facts: ImageFacts,
    judged: Judged,
    height: int,
    max_width: int,
    turned: Collection[int],
    findings: Findings,
) -> None:
    """Whether each image's size fits its label."""
    width, tall = facts.sizes[:, 0].astype(np.int64), facts.sizes[:, 1].astype(np.int64)
    readable = width > 0
    upright = np.ones(len(labels), dtype=bool)
    upright[[*turned]] = False
    steps = facts.widths // CTC_STRIDE
    several = judged.steps > 3
    crowding = _crowding(facts, judged)
    checks = {
        "blank": facts.blank & (judged.length > 0),
        "steps": readable & (judged.steps > steps) & ~(several & (tall > width)),
        "tall": readable & several & (tall > width) & upright,
        "huge": width * tall > HUGE_PIXELS,
        "tiny": readable & (tall < TINY_HEIGHT),
        "squashed": readable & (width * height > tall * max_width),
        "doubled": judged.repeats[1] & (crowding > _CROWDED)
        | judged.repeats[0] & (crowding > _CROWDED_CLEARLY),
    }
    for kind, flags in checks.items():
        for index in np.flatnonzero(flags).tolist():
            detail = f"{width[index]}x{tall[index]} pixels"
            if kind == "steps":
                detail += f" give {steps[index]} steps, {labels[index].text!r} needs "
                detail += f"{judged.steps[index]}"
            elif kind in ("blank", "doubled"):
                detail = f"{labels[index].path}: {labels[index].text!r}"
            findings.add(kind, Place(labels, index), f": {detail}")


def _crowding(facts: ImageFacts, judged: Judged) -> np.ndarray:
    """float64 [N]: times as many letters on each image's width as is usual."""
    width, tall = facts.sizes.astype(np.float64).T
    letters = judged.length * tall / np.maximum(width, 1)  # on as much width as it is high
    known = letters[(letters > 0) & (judged.length >= _TYPICAL_LENGTH)]
    usual = float(np.median(known)) if len(known) >= _FEWEST_LINES else _USUAL_LETTERS
    return letters / usual
