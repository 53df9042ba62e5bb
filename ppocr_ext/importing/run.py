"""A whole import: page after page, crops, and the files that say what became of each line.

``pages.jsonl`` grows by a row a page when its crops are there, so that a kill costs a few pages;
everything else is written from it at the end.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ppocr_ext.console import tool_command
from ppocr_ext.data.finder import NotFound, Pictures
from ppocr_ext.data.split import number_of, part_named
from ppocr_ext.errors import UserError
from ppocr_ext.files import sync
from ppocr_ext.importing import crops, journal
from ppocr_ext.importing.page import Damage, Page, Skip, Source, read
from ppocr_ext.importing.split import Labels
from ppocr_ext.importing.turned import Checker
from ppocr_ext.infer.recognizer import ordered
from ppocr_ext.locks import inside, only_writer
from ppocr_ext.outputs import check_beside, check_folder, instead, other_name, put
from ppocr_ext.transforms.image import UnreadableImage

FILES = ("train.txt", "val.txt", "test.txt", "boxes.jsonl", "skipped.jsonl", "summary.txt")
_CROPS = "crops"
_NOTHING = (
    "lines with a text, a box and a picture",
    "name the folder that holds labels and pictures; pictures elsewhere: with --root FOLDER",
)
_DAMAGED = (
    "a file of this format that can be read",
    "mend it, or export it again; named with --format: leave that out",
)
_PAIRED = (
    "boxes that are known to belong to their texts",
    "in Label Studio choose Export > JSON, and import that file",
)
_UNSAFE = re.compile(r'[\x00-\x1f<>:"/\\|?*\s]+')
_LONGEST = 60  # letters of a page's name that its crops' folder keeps


@dataclass
class Job:
    """What is imported, and how.

    sources: read once; val: share of the pages that becomes val.txt; join: words to lines; checker:
    reads crops, to find turned ones.
    """

    source: Path
    sources: Iterable[Source]
    root: Path
    output: Path
    val: float = 0.1
    threads: int = 1
    checker: Checker | None = None
    join: bool = False


@dataclass
class Done:
    """What came of it. files: how many of each format; reused: pages that an earlier run had made;
    gone: of them, not there now."""

    labels: Labels
    damages: list[Damage] = field(default_factory=list)
    files: Counter[str] = field(default_factory=Counter)
    reused: int = 0
    changed: int = 0
    gone: int = 0


class Found(NamedTuple):
    """A page with its picture. path: of its file, if it is one; name: of that below the root; key:
    the same in every run; problem: why there is no picture."""

    page: Page
    path: Path | None
    name: str
    key: str
    part: str
    problem: str


def _found(job: Job, done: Done) -> Iterator[Found]:
    """Every page of the labels with its picture; what is damaged is put on the list."""
    pictures, seen = Pictures(job.root, journal.is_import), set[int]()
    for source in job.sources:
        if source.aside:
            done.labels.aside.add(source.aside, source.name)
            continue
        done.files.update([source.format] if source.format else [])
        for page in read(source) if source.format else source.damages:
            if isinstance(page, Damage):
                done.damages.append(page)
                continue
            found = _with_picture(source, page, pictures)
            if number_of(found.key) in seen and not found.problem:
                key = f"{found.key}|{page.place}"
                found = found._replace(key=key, problem=Skip.AGAIN)
            seen.add(number_of(found.key))
            yield found


def _with_picture(source: Source, page: Page, pictures: Pictures) -> Found:
    part = part_named(page.part) or source.part
    if isinstance(page.image, bytes):
        return Found(page, None, "", page.place, part, "")
    names = (page.image,) if isinstance(page.image, str) else page.image
    folder = source.path if source.path.is_dir() else source.path.parent
    try:
        path = pictures.find(names, folder)
    except NotFound as error:
        problem = "" if page.embedded else str(error)
        return Found(page, None, "", next(filter(None, names), page.place), part, problem)
    name = Path(os.path.relpath(path, pictures.root)).as_posix()
    return Found(page, path, name, name, part, "")


def import_labels(job: Job, progress: Callable[[int], None]) -> Done:
    """Make the crops and label files. Raises :class:`UserError` when no line can be kept."""
    check_folder("--output", job.output, FILES)
    cure = instead("--output", other_name(job.output))
    pages, done = job.output / journal.PAGES, Done(Labels(job.val))
    fresh = job.output / f".{journal.PAGES}.new"
    with only_writer(job.output, inside(job.output), cure):
        first = journal.header(Path(os.path.abspath(job.source)), Path(os.path.abspath(job.root)))
        _require_own(job.output, first, cure)
        check_beside(job.output / name for name in FILES)
        offsets = journal.offsets_of(pages, first)
        is_new = not offsets
        with open(fresh, "wb") as stream:
            stream.write(journal.row_of(first))
            for entry, row in _entries(job, pages, offsets, done, progress):
                done.labels.look_at(entry)
                stream.write(row)
            sync(stream)
        if not done.labels.kept:
            fresh.unlink()
            if is_new:
                pages.unlink()
            rows = "".join(f"\n  {row}" for row in done.labels.left_out(done.damages))
            raise UserError(f"no line can be kept: nothing is written{rows}", *_cure(job, done))
        _write(job, fresh, done)
        done.gone = len(offsets)  # those that were not met
        for offset in offsets.values():
            _remove(job.output, _crops_of(journal.entry_at(pages, offset)))
        os.replace(fresh, pages)
    return done


def _cure(job: Job, done: Done) -> tuple[str, str]:
    """What an import without a line needs, and how to get it."""
    kinds = done.labels.skips.counts
    if Skip.UNPAIRED in kinds:
        return _PAIRED
    if Skip.UNCONFIRMED in kinds:
        folder = job.source if job.source.is_dir() else job.source.parent
        return "pages that a person confirmed", tool_command("label.py", folder)
    expected, cure = _NOTHING if kinds else _DAMAGED
    return expected, next((each.cure for each in done.damages if each.cure), cure)


def _require_own(output: Path, first: dict[str, Any], cure: str) -> None:
    """An output folder is free, or holds an import of the same source."""
    there = journal.header_of(output)
    paths = [path for path in (output / journal.PAGES, output / _CROPS) if path.exists()]
    taken = [path.name for path in paths if path.is_dir() or path.stat().st_size]  # a kill: empty
    if taken and there.get("source") != first["source"]:
        held = f"the import of {there['source']}" if there else f"{taken[0]} of something else"
        raise UserError(f"--output {output} holds {held}", "a folder for each", cure)


def _entries(
    job: Job, pages: Path, offsets: dict[int, int], done: Done, progress: Callable[[int], None]
) -> Iterator[tuple[dict[str, Any], bytes]]:
    """What became of each page, from an earlier run where nothing has changed, and its row."""

    def work(found: Found) -> tuple[dict[str, Any], bytes, bool, bool]:
        signature = _signature(found, job)
        offset = offsets.pop(number_of(found.key), None)
        old = None if offset is None else journal.entry_at(pages, offset)
        if old is not None and old["sig"] == signature and _is_whole(job.output, old):
            old["source"] = found.page.place
            return old, journal.row_of(old), False, False
        entry = _made(job, found, signature)
        _remove(job.output, _crops_of(old) - _crops_of(entry))
        return entry, journal.row_of(entry), True, old is not None

    made = ordered(work, _found(job, done), job.threads)
    with open(pages, "ab", buffering=0) as stream:
        for number, (entry, row, is_new, is_changed) in enumerate(made, 1):
            done.reused += not is_new
            done.changed += is_changed
            if is_new:
                stream.write(row)
            progress(number)
            yield entry, row


def _signature(found: Found, job: Job) -> str:
    """Another one when the labels of a page, its picture or what is done with it has changed."""
    page, image = found.page, ""
    if isinstance(page.image, bytes):
        image = hashlib.sha256(page.image).hexdigest()
    elif found.path is not None:
        held = os.stat(found.path)
        image = f"{held.st_size} {held.st_mtime_ns}"
    own = {"image": image, "embedded": len(page.embedded), "place": ""}  # a row above may be new
    facts: list[Any] = [{**vars(page), **own}, found.part]
    facts += [found.problem, job.checker is not None, job.join]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def _made(job: Job, found: Found, signature: str) -> dict[str, Any]:
    """The crops of a page, and its row.

    The crops are not synced: the row follows them, and a kill before it costs them. What a power
    cut leaves of them has another size than the row says.
    """
    page, problem, size, cuts = found.page, found.problem, None, list[crops.Cut]()
    try:
        data = crops.load(page, found.path) if not problem else b""
        if not problem:
            image, frames = crops.frames_of(page, data, job.join)
            size, problem = image.shape[1::-1], "" if frames else Skip.OTHER_SIZE
        if not problem:
            placed = job.checker.corrected(image, frames, page) if job.checker else frames[0]
            cuts = [part for cut in placed for part in crops.single_rows(image, cut)]
    except UnreadableImage as error:
        problem = f"{Skip.UNREADABLE}: {error}"
    if problem:
        is_again = problem == Skip.AGAIN
        for number, line in enumerate(page.lines):
            reason = problem if is_again else line.reason or page.skip or problem
            cuts.append(crops.Cut(str(number), line, line.text, None, reason))
    lines, start = [_row(cut) for cut in cuts], _start_of_crops(found)
    if not all(cut.skip for cut in cuts):
        os.makedirs(os.path.dirname(f"{job.output}/{start}"), exist_ok=True)
    for cut, row in zip(cuts, lines, strict=True):
        if cut.skip:
            row["skip"] = cut.skip
            continue
        content, suffix = crops.encoded(page, image, data, cut)
        end = cut.number if not page.is_crop else f"_{cut.number}" * ("." in cut.number)
        row |= {"crop": f"{start}{end}{suffix}", "bytes": len(content)}
        with open(f"{job.output}/{row['crop']}", "wb") as stream:
            stream.write(content)
    held = {"key": found.key, "sig": signature, "page": found.name, "source": page.place}
    return {**held, "part": found.part, "is_crop": page.is_crop, "size": size, "lines": lines}


def _row(cut: crops.Cut) -> dict[str, Any]:
    """A line without its crop."""
    corners = cut.quad and [[round(float(v), 2) for v in point] for point in cut.quad.corners]
    row: dict[str, Any] = {"line": cut.number, "quad": corners, "text": cut.label}
    row |= {"place": cut.line.place} if cut.line.place else {}
    return row | {"notes": list(cut.notes)} if cut.notes else row


def _start_of_crops(found: Found) -> str:
    """How the paths of a page's crops begin, of letters that every system takes; the digest parts
    pages of one name."""
    digest = f"{number_of(found.key):016x}"[:8]
    stem = re.split(r"[/\\]", found.key)[-1].rpartition(".")[0]
    stem = _UNSAFE.sub("_", stem)[:_LONGEST].strip("._ ") or "page"
    path = f"{digest[:2]}/{stem}_{digest}" if found.page.is_crop else f"{stem}_{digest}/"
    return f"{_CROPS}/{path}"


def _crops_of(entry: dict[str, Any] | None) -> set[str]:
    return {line["crop"] for line in entry["lines"] if "crop" in line} if entry else set()


def _is_whole(output: Path, entry: dict[str, Any]) -> bool:
    """Whether every crop of a page is there as it was written."""
    with suppress(OSError, KeyError):
        crops_ = (line for line in entry["lines"] if "crop" in line)
        return all(os.path.getsize(output / each["crop"]) == each["bytes"] for each in crops_)
    return False


def _remove(output: Path, crops_: set[str]) -> None:
    """Take away crops, and their folder when it is empty."""
    for crop in crops_:
        (output / crop).unlink(missing_ok=True)
        with suppress(OSError):  # not empty
            (output / crop).parent.rmdir()


def _write(job: Job, fresh: Path, done: Done) -> None:
    """The label files, boxes and summary from all rows, then each in its place."""
    staged = {name: job.output / f".{name}.new" for name in FILES}
    with ExitStack() as stack:
        streams = {
            name: stack.enter_context(
                open(path, "w", encoding="utf-8", newline="\n", errors="replace")
            )
            for name, path in staged.items()
        }
        for entry in journal.entries_of(fresh):
            for name, text in done.labels.rows(entry):
                streams[name].write(text)
        summary = done.labels.summary(done.damages)
        streams["summary.txt"].writelines(f"{row}\n" for row in summary)
    for name, path in staged.items():
        if path.stat().st_size:
            put(path, job.output / name)
        else:
            path.unlink()
            (job.output / name).unlink(missing_ok=True)
