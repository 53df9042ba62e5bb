"""Read many images into a predictions file."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from ppocr_ext.files import replacing
from ppocr_ext.infer.recognizer import Recognizer
from ppocr_ext.infer.sources import list_images


@dataclass(frozen=True)
class Summary:
    """lines: read well; failed: (name, reason); seconds: reading time."""

    lines: int
    failed: list[tuple[str, str]]
    seconds: float


def predict(recognizer: Recognizer, source: str | Path, output: Path) -> Summary:
    """Write ``path<TAB>text<TAB>confidence`` lines, in input order, UTF-8.

    The file is replaced whole at the end: a failing run leaves an earlier one as it was.
    """
    from rich.progress import track

    images = list_images(source)
    failed: list[tuple[str, str]] = []
    started = time.perf_counter()
    with replacing(output) as stream:
        readings = recognizer.stream([path for _, path in images])
        progress = track(readings, description="reading", total=len(images), transient=True)
        for (name, _), reading in zip(images, progress, strict=True):
            stream.write(f"{name}\t{reading.text}\t{reading.confidence:.4f}\n")
            if reading.error:
                failed.append((name, reading.error))
    return Summary(len(images) - len(failed), failed, time.perf_counter() - started)
