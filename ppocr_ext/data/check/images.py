"""The images of one label file: can each be read, does it fit its label, how does it look."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from ppocr_ext.data.check.findings import Findings, Place
from ppocr_ext.data.dataset import CTC_STRIDE
from ppocr_ext.data.labels import LabelFile
from ppocr_ext.data.sizes import image_size
from ppocr_ext.transforms.image import RESERVED, UnreadableImage, is_reserved, read_image
from ppocr_ext.transforms.resize import HEIGHT, MAX_WIDTH, resized_width

THUMBNAIL = (32, 4)  # width, height: enough to tell lines of one text apart
HUGE_PIXELS = 20_000_000
TINY_HEIGHT = 10
_CHUNK = 512
_MISSING = "no such file"  # as read_image says it
_KINDS = {_MISSING: "missing", RESERVED: "reserved"}


@dataclass
class ImageFacts:
    """What is known of the images of N lines."""

    sizes: np.ndarray  # int32 [N, 2] width, height in pixels; 0: unreadable
    widths: np.ndarray  # int32 [N] at the training height
    pixels: np.ndarray  # uint64 [N] equal for equal pixels; 0: not decoded
    thumbnails: np.ndarray  # uint8 [N, 128] grey, small
    texts: np.ndarray  # int64 [N] equal for equal labels

    @classmethod
    def empty(cls, lines: int) -> ImageFacts:
        return cls(
            np.zeros((lines, 2), np.int32),
            np.zeros(lines, np.int32),
            np.zeros(lines, np.uint64),
            np.zeros((lines, THUMBNAIL[0] * THUMBNAIL[1]), np.uint8),
            np.zeros(lines, np.int64),
        )


def check_images(
    labels: LabelFile,
    needed: np.ndarray,
    findings: Findings,
    *,
    decode: bool = True,
    height: int = HEIGHT,
    max_width: int = MAX_WIDTH,
    progress: Callable[[int], None] = lambda lines: None,
) -> ImageFacts:
    """Check the images of each line; of several, facts are kept of the first.

    Args:
        needed: int32 [N] CTC steps of each label, from ``check_labels``.
        decode: whether pixels are looked at; else existence and the header only.
    """
    facts = ImageFacts.empty(len(labels))
    threads = os.cpu_count() or 1
    chunks = [range(i, min(i + _CHUNK, len(labels))) for i in range(0, len(labels), _CHUNK)]
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, len(chunks), 4 * threads):
            part = chunks[start : start + 4 * threads]
            for lines, problems in zip(
                part, pool.map(partial(_look, labels, facts, decode), part), strict=True
            ):
                for index, path, problem in problems:
                    kind = _KINDS.get(problem, "unreadable")
                    findings.add(kind, Place(labels, index), f": {path}: {problem}")
                progress(lines.stop)
    facts.widths[:] = [
        resized_width(w, h, height, max_width) if h else 0 for w, h in facts.sizes.tolist()
    ]
    _check_sizes(labels, facts, needed, height, max_width, findings)
    return facts


def _look(
    labels: LabelFile, facts: ImageFacts, decode: bool, lines: range
) -> list[tuple[int, str, str]]:
    """Fill in the facts of some lines; returns (line, path, problem) of unreadable images."""
    problems = []
    for index in lines:
        line = labels[index]
        facts.texts[index] = hash(line.text)
        if line.problem:
            continue
        for path in (line.path, *line.others):
            look = _decode if decode else _measure
            problem = look(labels.image_path(path), facts, index, path == line.path)
            if problem:
                problems.append((index, path, problem))
    return problems


def _measure(path: Path, facts: ImageFacts, index: int, first: bool) -> str:
    """What is wrong with an image as far as its header tells; keeps the size of the first one."""
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
    small = cv2.resize(image, THUMBNAIL, interpolation=cv2.INTER_AREA)
    facts.thumbnails[index] = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).ravel()
    return ""


def _check_sizes(
    labels: LabelFile,
    facts: ImageFacts,
    needed: np.ndarray,
    height: int,
    max_width: int,
    findings: Findings,
) -> None:
    width, tall = facts.sizes[:, 0].astype(np.int64), facts.sizes[:, 1].astype(np.int64)
    readable = width > 0
    steps = facts.widths // CTC_STRIDE
    several = needed > 3
    checks = {
        "steps": readable & (needed > steps) & ~(several & (tall > width)),
        "tall": readable & several & (tall > width),
        "huge": width * tall > HUGE_PIXELS,
        "tiny": readable & (tall < TINY_HEIGHT),
        "squashed": readable & (width * height > tall * max_width),
    }
    for kind, flags in checks.items():
        for index in np.flatnonzero(flags).tolist():
            detail = f"{width[index]}x{tall[index]} pixels"
            if kind == "steps":
                detail += (
                    f" give {steps[index]} steps, {labels[index].text!r} needs {needed[index]}"
                )
            findings.add(kind, Place(labels, index), f": {detail}")
