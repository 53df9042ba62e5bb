"""A whole import: page after page, crops, and the files that say what became of each line.

``pages.jsonl`` grows by a row a page while the crops are made, so that a kill costs a few pages;
everything else is written from it at the end.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ppocr_ext.errors import UserError
from ppocr_ext.importing import crops, own
from ppocr_ext.importing.formats import part_named, read
from ppocr_ext.importing.page import Damage, Page, Skip, Source
from ppocr_ext.importing.pictures import NotFound, Pictures
from ppocr_ext.importing.split import Labels
from ppocr_ext.importing.turned import Checker
from ppocr_ext.infer.recognizer import ordered
from ppocr_ext.locks import inside, only_writer
from ppocr_ext.outputs import check_beside, check_folder, instead, other_name, put
from ppocr_ext.transforms.image import UnreadableImage

AGAIN = "its picture is labelled in another row or file, too"
FILES = ("train.txt", "val.txt", "test.txt", "boxes.jsonl", "skipped.jsonl", "summary.txt")
_CROPS = "crops"
_UNSAFE = re.compile(r'[\x00-\x1f<>:"/\\|?*\s]+')
_LONGEST = 60  # letters of a page's name that its crops' folder keeps


@dataclass
class Job:
    """What is imported, and how.

    val: share of the pages that becomes val.txt; checker: reads crops, to find turned ones.
    """

    source: Path
    sources: Sequence[Source]
    root: Path
    output: Path
    val: float = 0.1
    threads: int = 1
    checker: Checker | None = None


@dataclass
class Done:
    """What came of it. reused: pages that an earlier run had made; gone: of them, not there now."""

    labels: Labels
    damages: list[Damage] = field(default_factory=list)
    reused: int = 0
    changed: int = 0
    gone: int = 0


class Found(NamedTuple):
    """A page with its picture: path: of its file, if it is one; key: the same in every run;
    problem: why there is no picture."""

    page: Page
    path: Path | None
    key: str
    part: str
    problem: str = ""


def found_pages(
    sources: Sequence[Source], pictures: Pictures, damages: list[Damage]
) -> Iterator[Found]:
    """Every page of the labels with its picture; what is damaged is put on the list."""
    seen: set[int] = set()
    for source, page in read(sources):
        if isinstance(page, Damage):
            damages.append(page)
            continue
        part = part_named(page.part) or source.part
        path, problem, key = None, "", page.place
        if not isinstance(page.image, bytes):
            names = (page.image,) if isinstance(page.image, str) else page.image
            key = names[0] if names else page.place
            try:
                path = pictures.find(names, page.folder)
                key = Path(os.path.relpath(path, pictures.root)).as_posix()
            except NotFound as error:
                problem = "" if page.embedded else str(error)
        mark = _number(key)
        if mark in seen and not problem:
            problem, key = AGAIN, f"{key}|{page.place}"
        seen.add(mark)
        yield Found(page, path, key, part, problem)


def import_labels(job: Job, progress: Callable[[int], None]) -> Done:
    """Make the crops and label files. Raises :class:`UserError` when no line can be kept."""
    pages = job.output / own.PAGES
    check_folder("--output", job.output, FILES, [each.path for each in job.sources])
    cure = instead("--output", other_name(job.output))
    with only_writer(job.output, inside(job.output), cure):
        _require_own(job, cure)
        check_beside(job.output / name for name in FILES)
        header = {"kind": own.KIND, "source": _absolute(job.source), "root": _absolute(job.root)}
        journal = _Journal(pages, header)
        done = Done(Labels(job.val))
        fresh = pages.with_name(f".{own.PAGES}.new")
        with open(fresh, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(json.dumps(header) + "\n")
            for entry in _entries(job, journal, done, progress):
                done.labels.look_at(entry)
                stream.write(json.dumps(entry) + "\n")
        journal.close()
        if not done.labels.kept:
            fresh.unlink()
            if journal.is_new:
                pages.unlink()
            raise _nothing(done)
        _write(job, fresh, done)
        done.gone = _remove_unseen(job.output, journal)
        os.replace(fresh, pages)
    return done


def _absolute(path: Path) -> str:
    return Path(os.path.abspath(path)).as_posix()


def _require_own(job: Job, cure: str) -> None:
    """An output folder is free, or holds an import of the same source."""
    pages, folder = job.output / own.PAGES, job.output / _CROPS
    header = own.header_of(pages)
    if header and header["source"] != _absolute(job.source):
        raise UserError(
            f"--output {job.output} holds the import of {header['source']}",
            "a folder for each",
            cure,
        )
    if not header and (pages.exists() or folder.exists()):
        what = own.PAGES if pages.exists() else _CROPS
        raise UserError(
            f"--output {job.output} holds {what} of something else", "a free folder", cure
        )


def _entries(
    job: Job, journal: _Journal, done: Done, progress: Callable[[int], None]
) -> Iterator[dict[str, Any]]:
    """What became of each page, from an earlier run where nothing has changed."""
    pictures = Pictures(job.root)

    def work(found: Found) -> dict[str, Any]:
        signature = _signature(found, job)
        old = journal.entry(found.key)
        if old is not None and old["sig"] == signature and _is_whole(job.output, old):
            return old
        entry = _made(job, found, signature)
        if old is not None:
            kept = {line.get("crop") for line in entry["lines"]}
            _remove(job.output, (line for line in old["lines"] if line.get("crop") not in kept))
            entry["is_changed"] = True
        entry["is_new"] = True
        return entry

    found = found_pages(job.sources, pictures, done.damages)
    for number, entry in enumerate(ordered(work, found, job.threads), 1):
        is_new, is_changed = entry.pop("is_new", False), entry.pop("is_changed", False)
        done.reused += not is_new
        done.changed += is_changed
        journal.add(entry, is_new)
        progress(number)
        yield entry


def _signature(found: Found, job: Job) -> str:
    """Another one when the labels of a page, its picture or what is done with it has changed."""
    page = found.page
    facts: list[Any] = [page.lines, page.size, found.part, page.is_crop, page.bottom_up, page.skip]
    facts += [found.problem, job.checker is not None, page.place, len(page.embedded)]
    if isinstance(page.image, bytes):
        facts.append(hashlib.sha256(page.image).hexdigest())
    elif found.path is not None:
        held = os.stat(found.path)
        facts += [held.st_size, held.st_mtime_ns]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def _made(job: Job, found: Found, signature: str) -> dict[str, Any]:
    """The crops of a page, and its row."""
    page, lines, size = found.page, [], None
    cuts = crops.unread(page, found.problem) if found.problem else []
    if not found.problem:
        try:
            data = crops.load(page, found.path)
            image, cuts = crops.cut_page(page, data, job.checker)
        except UnreadableImage as error:
            cuts = crops.unread(page, f"{Skip.UNREADABLE}: {error}")
        else:
            size = [image.shape[1], image.shape[0]]
    for cut in cuts:
        row = crops.written(page, cut)
        if cut.skip or cut.quad is None:
            row["skip"] = cut.skip
        else:
            content, suffix = crops.encoded(page, image, data, cut)
            row["crop"] = _crop_name(found, cut.number, suffix)
            _save(job.output / row["crop"], content)
        lines.append(row)
    return {
        "key": found.key,
        "sig": signature,
        "page": found.key if found.path is not None else "",
        "source": page.place,
        "part": found.part,
        "is_crop": page.is_crop,
        "size": size,
        "lines": lines,
    }


def _save(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _crop_name(found: Found, number: str, suffix: str) -> str:
    """Of letters that every system takes; the digest parts pages of one name."""
    digest = hashlib.sha256(found.key.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    stem = re.split(r"[/\\]", found.key)[-1].rpartition(".")[0] or "page"
    stem = _UNSAFE.sub("_", stem)[:_LONGEST].strip("._ ") or "page"
    if found.page.is_crop:
        return (
            f"{_CROPS}/{digest[:2]}/{stem}_{digest}{'_' + number if '.' in number else ''}{suffix}"
        )
    return f"{_CROPS}/{stem}_{digest}/{number}{suffix}"


def _is_whole(output: Path, entry: dict[str, Any]) -> bool:
    return all((output / line["crop"]).is_file() for line in entry["lines"] if "crop" in line)


def _remove(output: Path, lines: Iterable[dict[str, Any]]) -> None:
    for line in lines:
        if "crop" in line:
            (output / line["crop"]).unlink(missing_ok=True)


def _remove_unseen(output: Path, journal: _Journal) -> int:
    """Take away the crops of pages that the source no longer has; how many pages."""
    gone = 0
    for entry in journal.unseen():
        gone += 1
        _remove(output, entry["lines"])
        for line in entry["lines"]:
            folder = (output / line.get("crop", "x")).parent
            if folder != output and folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
    return gone


def _number(key: str) -> int:
    return int.from_bytes(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:8], "big")


class _Journal:
    """The rows of earlier runs by their key, found by offset, and new ones at the end.

    A row that a kill tore is dropped. Holds two numbers a page.
    """

    def __init__(self, path: Path, header: dict[str, Any]) -> None:
        self._offsets: dict[int, int] = {}
        self._seen: set[int] = set()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._stream = open(path, "a+b")  # noqa: SIM115
        end = 0
        self._stream.seek(0)
        for row in self._stream:
            try:
                key = json.loads(row).get("key")
            except (ValueError, AttributeError):
                break
            if not row.endswith(b"\n"):
                break
            if end and key is not None:
                self._offsets[_number(key)] = end
            end += len(row)
        self._stream.truncate(end)
        if not end:
            self._append(header)
        self.is_new = not self._offsets
        self._path = path

    def entry(self, key: str) -> dict[str, Any] | None:
        """What an earlier run wrote of a page."""
        offset = self._offsets.get(_number(key))
        return None if offset is None else self._at(offset)

    def _at(self, offset: int) -> dict[str, Any]:
        with open(self._path, "rb") as stream:  # of its own: several threads read
            stream.seek(offset)
            return dict(json.loads(stream.readline()))

    def add(self, entry: dict[str, Any], is_new: bool) -> None:
        self._seen.add(_number(entry["key"]))
        if is_new:
            self._append(entry)

    def _append(self, row: dict[str, Any]) -> None:
        self._stream.write(json.dumps(row).encode("ascii") + b"\n")
        self._stream.flush()

    def unseen(self) -> Iterator[dict[str, Any]]:
        """Rows of pages that this run did not meet."""
        for number, offset in self._offsets.items():
            if number not in self._seen:
                yield self._at(offset)

    def close(self) -> None:
        self._stream.close()


def _write(job: Job, fresh: Path, done: Done) -> None:
    """The label files, boxes and summary from all rows, then each in its place."""
    staged = {name: job.output / f".{name}.new" for name in FILES}
    streams = {
        name: open(path, "w", encoding="utf-8", newline="\n", errors="replace")  # noqa: SIM115
        for name, path in staged.items()
    }
    try:
        with open(fresh, encoding="utf-8") as rows:
            rows.readline()
            for row in rows:
                for name, text in done.labels.rows(json.loads(row)):
                    streams[name].write(text)
        summary = done.labels.summary(done.damages)
        streams["summary.txt"].writelines(f"{row}\n" for row in summary)
    finally:
        for stream in streams.values():
            stream.close()
    for name, path in staged.items():
        if path.stat().st_size:
            put(path, job.output / name)
        else:
            path.unlink()
            (job.output / name).unlink(missing_ok=True)


def _nothing(done: Done) -> UserError:
    return UserError(
        "no line can be kept, so no label file is written\n"
        + "\n".join(f"  {row}" for row in done.labels.skips_of_all(done.damages)),
        "lines with a text, a box and a picture",
        "name the folder that holds labels and pictures; pictures elsewhere: with --root FOLDER",
    )
