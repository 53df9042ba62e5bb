"""Writes a data set of PaddleOCR layout, in resumable parts, over all cores.

    images/train/0000/0000000.jpg ...   one folder a part
    train.txt, val.txt                  path<TAB>label, NFC, UTF-8, LF
    manifest.json                       seed, preset, fonts, texts, versions, licences

The parts' label files wait in ``parts/`` until all are there; the manifest is written last, so it
means that the set is complete. Every byte is a function of the settings and the package versions.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2

from ppocr_ext.errors import UserError
from ppocr_ext.files import read_text, replacing, write_text
from ppocr_ext.synth.factory import LineFactory
from ppocr_ext.synth.manifest import describe, settings
from ppocr_ext.synth.presets import Preset
from ppocr_ext.synth.splits import Split

_JPEG_QUALITY = 92
Progress = Callable[[int, int], None]  # lines done, of all


@dataclass(frozen=True)
class Part:
    """A run of consecutive lines of one split, written by one call."""

    split: Split
    number: int
    start: int
    stop: int

    @property
    def labels(self) -> str:
        return f"parts/{self.split}_{self.number:04d}.txt"

    def image(self, index: int, suffix: str) -> str:
        return f"images/{self.split}/{self.number:04d}/{index:07d}.{suffix}"


def parts_of(preset: Preset) -> list[Part]:
    return [
        Part(split, number, start, min(start + preset.part, count))  # type: ignore[arg-type]
        for split, count in preset.lines.items()
        for number, start in enumerate(range(0, count, preset.part))
    ]


def write_part(factory: LineFactory, part: Part, folder: Path) -> int:
    """Write the images of a part, then its label file; returns the number of lines."""
    suffix = factory.preset.format
    options = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY] if suffix == "jpg" else []
    (folder / part.image(0, suffix)).parent.mkdir(parents=True, exist_ok=True)
    with replacing(folder / part.labels) as labels:
        for index in range(part.start, part.stop):
            image, text = factory.line(index)
            name = part.image(index, suffix)
            _, data = cv2.imencode(f".{suffix}", image, options)
            (folder / name).write_bytes(data.tobytes())
            labels.write(f"{name}\t{text}\n")
    return part.stop - part.start


_FACTORIES: dict[str, LineFactory] = {}  # of a worker process, by split


def _start_worker(factories: dict[str, LineFactory]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's: it ends after this part
    cv2.setNumThreads(1)
    _FACTORIES.update(factories)


def _work(part: Part, folder: Path) -> int:
    return write_part(_FACTORIES[part.split], part, folder)


def write_dataset(
    preset_name: str,
    preset: Preset,
    folder: Path,
    seed: int = 0,
    workers: int | None = None,
    texts: Path | None = None,
    fonts: Path | None = None,
    progress: Progress = lambda done, total: None,
) -> dict[str, Any]:
    """Write what is missing of a data set in ``folder`` and return its manifest.

    Raises :class:`UserError` if the folder holds another set, or cannot be written.
    """
    wanted = settings(preset_name, preset, seed, texts, fonts)
    manifest = folder / "manifest.json"
    _refuse_other_set(folder, wanted)
    if manifest.is_file():
        return json.loads(read_text(manifest))
    (folder / "parts").mkdir(parents=True, exist_ok=True)
    write_text(folder / "parts" / "settings.json", _dump(wanted))

    parts = parts_of(preset)
    missing = [part for part in parts if not (folder / part.labels).is_file()]
    total = sum(preset.lines.values())
    done = total - sum(part.stop - part.start for part in missing)
    progress(done, total)
    factories = {
        split: LineFactory(preset, split, seed, texts, fonts)  # type: ignore[arg-type]
        for split in preset.lines
    }
    for count in _run(factories, missing, folder, workers or os.cpu_count() or 1):
        done += count
        progress(done, total)

    for split in preset.lines:
        _join(folder, split, [part for part in parts if part.split == split])
    described = describe(wanted, factories, folder)
    write_text(manifest, _dump(described))
    shutil.rmtree(folder / "parts")
    return described


def _dump(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _refuse_other_set(folder: Path, wanted: dict[str, Any]) -> None:
    """A folder holds one set: lines of other settings are never mixed in or taken for it."""
    for name in ("manifest.json", "parts/settings.json"):
        if not (folder / name).is_file():
            continue
        found = json.loads(read_text(folder / name))
        found = found.get("settings", found)
        different = [key for key in wanted if found.get(key) != json.loads(json.dumps(wanted[key]))]
        if different:
            raise UserError(
                f"{folder}: holds a data set made with other settings ({', '.join(different)})",
                cure="give another folder with --output, or delete this one",
            )


def _run(
    factories: dict[str, LineFactory], missing: list[Part], folder: Path, workers: int
) -> Iterator[int]:
    """Write the missing parts; yields the number of lines of each as it is done."""
    if workers == 1 or len(missing) < 2:
        for part in missing:
            yield write_part(factories[part.split], part, folder)
        return
    pool = ProcessPoolExecutor(
        min(workers, len(missing)), get_context("spawn"), _start_worker, (factories,)
    )
    futures: list[Future[int]] = [pool.submit(_work, part, folder) for part in missing]
    try:
        for future in as_completed(futures):
            yield future.result()
    except BrokenProcessPool as error:
        raise UserError(
            "a process that makes lines was killed, perhaps because memory ran out",
            cure="run the same command again: it goes on where it stopped; --workers 1 needs least",
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _join(folder: Path, split: str, parts: list[Part]) -> None:
    with replacing(folder / f"{split}.txt", "wb") as joined:
        for part in parts:
            joined.write((folder / part.labels).read_bytes())
