"""Writes a data set of PaddleOCR layout, in resumable parts, over all cores.

    settings.json                       what was asked for, written first
    images/train/0000/0000000.jpg ...   a part: its images, and labels.txt once they are all there
    train.txt, val.txt                  path<TAB>label, NFC, UTF-8, LF
    manifest.json                       what was made: fonts, texts, versions, licences, letters

A part without ``labels.txt`` is made again, so a set that was interrupted, or lost a folder, is
completed by the same call. Every byte is a function of the settings.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2

from ppocr_ext.checksums import sha256_of
from ppocr_ext.errors import UserError
from ppocr_ext.files import read_text, replacing, write_text
from ppocr_ext.locks import inside, only_writer
from ppocr_ext.outputs import check_folder, instead, other_name
from ppocr_ext.runtime import interrupts_held
from ppocr_ext.synth.factory import LineFactory
from ppocr_ext.synth.manifest import MANIFEST, describe, settings
from ppocr_ext.synth.presets import Preset, Split

SETTINGS, SHEET = "settings.json", "sheet.png"
_JPEG_QUALITY = 92
_MOST_WORKERS = 61  # that Windows can wait for
_PAUSE = 0.2  # seconds between looks at what other processes write
Progress = Callable[[int, int], None]  # lines done, of all


@dataclass(frozen=True)
class Part:
    """A run of consecutive lines of one split, written by one call."""

    split: Split
    number: int
    start: int
    stop: int

    @property
    def folder(self) -> str:
        return f"images/{self.split}/{self.number:04d}"

    @property
    def labels(self) -> str:
        return f"{self.folder}/labels.txt"


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
    (folder / part.folder).mkdir(parents=True, exist_ok=True)
    with replacing(folder / part.labels) as labels:
        for index in range(part.start, part.stop):
            image, text = factory.line(index)
            name = f"{part.folder}/{index:07d}.{suffix}"
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
    rank: int = 0,
    world: int = 1,
) -> dict[str, Any] | None:
    """Write what is missing of a data set in ``folder`` and return its manifest.

    Of ``world`` processes that share the folder each calls this with its ``rank``: it writes every
    ``world``-th part. The first waits for the others and joins; the others return ``None``.
    Raises :class:`UserError` if the folder holds another set, or cannot be written.
    """
    wanted = settings(preset_name, preset, seed, texts, fonts)
    if rank:
        _wait_for(folder / SETTINGS)  # which the first process writes
    _refuse_another(folder, wanted)
    parts = parts_of(preset)
    missing = [part for part in parts if not (folder / part.labels).is_file()]
    manifest = folder / MANIFEST
    if not missing and manifest.is_file():
        return json.loads(read_text(manifest))

    def write_parts() -> dict[str, LineFactory]:
        own = [part for part in parts[rank::world] if part in missing]
        total = sum(preset.lines.values())
        done = total - sum(part.stop - part.start for part in missing)
        progress(done, total)
        factories = {
            split: LineFactory(preset, split, seed, texts, fonts)  # type: ignore[arg-type]
            for split in preset.lines
        }
        for count in _run(factories, own, folder, workers or os.cpu_count() or 1):
            done += count
            progress(done, total)
        return factories

    if rank:
        write_parts()
        return None
    with _claimed(folder, wanted, preset):
        factories = write_parts()
        for part in missing:
            _wait_for(folder / part.labels)
        for split in preset.lines:
            _join(folder, split, [part for part in parts if part.split == split])
        described = describe(wanted, factories, folder)
        write_text(manifest, _dump(described))
        return described


def _wait_for(path: Path) -> None:
    """Until another process of this job has written it."""
    while not path.is_file():
        time.sleep(_PAUSE)


def _dump(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _refuse_another(folder: Path, wanted: dict[str, Any]) -> None:
    """A folder holds one set: lines of other settings are never mixed in or taken for it, nor is
    anything else there."""
    path = folder / SETTINGS
    if not path.exists():
        others = sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []
        others = [name for name in others if name != SHEET and not name.startswith(".")]
        if others:
            raise UserError(
                f"{folder}: holds files that are not a data set of this tool: "
                + ", ".join(others[:3] + ["…"] * (len(others) > 3)),
                "a new folder, or an empty one",
                instead("--output", other_name(folder)),
            )
        return
    try:
        found = json.loads(read_text(path))
    except ValueError:
        found = {}
    wanted = json.loads(_dump(wanted))  # tuples become lists, as in the file
    different = [key for key in wanted if found.get(key) != wanted[key]]
    if different:
        raise UserError(
            f"{folder}: holds a data set made with different settings ({', '.join(different)})",
            "a different folder; this one may be deleted if it is not needed",
            instead("--output", other_name(folder)),
        )


@contextmanager
def _claimed(folder: Path, wanted: dict[str, Any], preset: Preset) -> Iterator[None]:
    """Be the only one that completes the set; a label file that somebody has changed stays."""
    lists = [f"{split}.txt" for split in preset.lines]
    check_folder("--output", folder, [SETTINGS, MANIFEST, *lists])
    for split, sha256 in _known_sums(folder).items():
        labels = folder / f"{split}.txt"
        if labels.is_file() and sha256_of(labels) != sha256:
            raise _changed(labels)
    cure = instead("--output", other_name(folder))
    with only_writer(folder, inside(folder), cure):
        if not (folder / SETTINGS).exists():
            write_text(folder / SETTINGS, _dump(wanted))
        yield


def _known_sums(folder: Path) -> dict[str, str]:
    """Split → SHA-256 of its label file, of a set that was complete once."""
    try:
        splits = json.loads(read_text(folder / MANIFEST))["splits"]
        return {split: held["labels_sha256"] for split, held in splits.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _changed(labels: Path) -> UserError:
    return UserError(
        f"{labels} is not what this tool wrote: making the set again would replace it",
        "the file as it was made, or none",
        f"move {labels} to another place, then run the same command again",
    )


def _run(
    factories: dict[str, LineFactory], missing: list[Part], folder: Path, workers: int
) -> Iterator[int]:
    """Write the missing parts; yields the number of lines of each as it is done."""
    if workers == 1 or len(missing) < 2:
        for part in missing:
            yield write_part(factories[part.split], part, folder)
        return
    count = min(workers, len(missing), _MOST_WORKERS)
    pool = ProcessPoolExecutor(count, get_context("spawn"), _start_worker, (factories,))
    try:
        with interrupts_held():
            futures: list[Future[int]] = [pool.submit(_work, part, folder) for part in missing]
        for future in as_completed(futures):
            yield future.result()
    except BrokenProcessPool as error:
        raise UserError(
            "a process that makes lines was killed, perhaps because memory ran out",
            cure="run the same command again: it continues; --workers 1 needs the least memory",
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _join(folder: Path, split: str, parts: list[Part]) -> None:
    path, lines = folder / f"{split}.txt", [folder / part.labels for part in parts]
    if path.is_file():
        digest = hashlib.sha256()
        for each in lines:
            digest.update(each.read_bytes())
        if sha256_of(path) != digest.hexdigest():
            raise _changed(path)
        return
    with replacing(path, "wb") as joined:
        for each in lines:
            joined.write(each.read_bytes())
