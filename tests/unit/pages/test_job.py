"""Many pages into files: resumed, shared among processes, bad pages reported."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

import paper
import psutil
import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.infer.shards import Shard
from ppocr_ext.outputs import check_beside
from ppocr_ext.pages import job
from ppocr_ext.pages.job import JOURNAL, JobOptions, read_pages
from ppocr_ext.pages.page import Page, PageLine, PageText
from ppocr_ext.pages.reader import ReaderOptions
from ppocr_ext.pages.sources import Pages, PageTask, Pictures, find_pages
from ppocr_ext.transforms.documents import Opening, opened

QUAD = ((0.0, 0.0), (9.0, 0.0), (9.0, 4.0), (0.0, 4.0))


class Reader:
    """Says which page it saw; stops like Ctrl-C before the page ``stop``."""

    seen: Iterator[int] = count()
    stop = 10_000

    def __init__(self, options: ReaderOptions) -> None:
        self.options = options

    def read_tasks(self, tasks: Sequence[PageTask]) -> Iterator[PageText]:
        return map(self.read_task, tasks)

    def read_task(self, task: PageTask) -> PageText:
        if next(Reader.seen) >= Reader.stop:
            raise KeyboardInterrupt
        page = Page(task.name, task.number, 100, 100)
        if task.error or task.number == 3:
            return PageText(page, (), task.error or "no text found")
        line = PageLine(QUAD, f"{task.path.stem} trang {task.number}", 0.9, 0, 0, 0)
        return PageText(page, (line,))


@pytest.fixture
def pages(vietnamese_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pages:
    """Two files of four pages, of which the third is blank, and a broken one between them."""
    monkeypatch.setattr(job, "PageReader", Reader)
    monkeypatch.setattr(Reader, "seen", count())
    for name in ("ă", "c"):
        (vietnamese_path / f"{name}.pdf").write_bytes(paper.small_pdf("", 4))
    (vietnamese_path / "b.pdf").write_bytes(b"%PDF-")
    names = [str(vietnamese_path / f"{name}.pdf") for name in ("ă", "b", "c")]
    return find_pages(names)


def folder_of(pages: Pages) -> Path:
    return pages.tasks[0].stem.parent


WHOLE = "ă trang 1\n\fă trang 2\n\f\fă trang 4\n"


def test_texts_and_json_and_what_could_not_be_read(pages: Pages) -> None:
    folder = folder_of(pages)
    summary = read_pages(pages, ReaderOptions(), JobOptions(("json",)))
    assert (folder / "ă.txt").read_text(encoding="utf-8") == WHOLE
    found = json.loads((folder / "c.json").read_text(encoding="utf-8"))["pages"]
    assert [page["number"] for page in found] == [1, 2, 3, 4]
    assert found[2]["error"] == "no text found" and found[0]["lines"][0]["text"] == "c trang 1"
    assert found[0]["lines"][0]["quad"] == [[0, 0], [9, 0], [9, 4], [0, 4]]
    assert not (folder / "b.txt").exists()  # nothing of it was read
    assert summary.pages == summary.all_pages == 9 and summary.unread.total == 3
    said = summary.describe(pages.passed_over)
    assert said.startswith("read 6 pages in ")
    assert "b.pdf page 1: damaged, without pages, or not a PDF" in said
    assert "3 of 9 pages could not be read" in said
    names = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    assert names == {"ă.txt", "ă.json", "c.txt", "c.json"}  # the journal is gone


@pytest.mark.parametrize("stop", [0, 2, 4, 7])
def test_a_resume_reads_no_page_twice(
    pages: Pages, stop: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = folder_of(pages)
    monkeypatch.setattr(Reader, "stop", stop)
    secret = ReaderOptions(opening=Opening(password="mật khẩu"))
    with pytest.raises(KeyboardInterrupt):
        read_pages(pages, secret, JobOptions())
    facts = (folder / f"{JOURNAL}.part.json").read_text(encoding="utf-8")
    assert "reader" in facts and "mật khẩu" not in facts
    assert "--resume" in capsys.readouterr().err
    assert (folder / "ă.txt").exists() == (stop >= 4)  # whole or not at all
    with open(folder / f"{JOURNAL}.part", "a", encoding="utf-8", newline="\n") as rows:
        rows.write('{"source": "half a ro')  # as a kill leaves it
    monkeypatch.setattr(Reader, "stop", 10_000)
    with pytest.raises(UserError, match="different settings: reader"):
        read_pages(pages, ReaderOptions(order="rows"), JobOptions(resume=True))
    monkeypatch.setattr(Reader, "seen", count())
    summary = read_pages(pages, ReaderOptions(), JobOptions(resume=True))
    assert summary.pages == 9 - stop and summary.all_pages == 9
    assert (folder / "ă.txt").read_text(encoding="utf-8") == WHOLE
    assert (folder / "c.txt").read_text(encoding="utf-8") == WHOLE.replace("ă", "c")


@pytest.mark.parametrize("world", [1, 2])
def test_a_stop_while_outputs_are_written_loses_nothing(
    pages: Pages, world: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As Ctrl-C or a kill at the second picture of label/: nothing is read or refused later."""
    options = JobOptions(("json",), label=True, crops=True)
    seen, picture = count(), Pictures.picture

    def stopped(pictures: Pictures, task: PageTask) -> object:
        if next(seen) == 1:
            raise KeyboardInterrupt
        return picture(pictures, task)

    monkeypatch.setattr(Pictures, "picture", stopped)
    if world == 2:
        read_pages(pages, ReaderOptions(), options, Shard(1, 2))
    with pytest.raises(KeyboardInterrupt):
        read_pages(pages, ReaderOptions(), options, Shard(0, world))
    said = capsys.readouterr().err
    assert "stopped while outputs were written; continue with: " in said and "--resume" in said
    home = pages.home / "label"
    left = home / "crop_img" / f".ă_2_crop_0.png.{os.getpid()}.tmp"
    left.touch()  # as a kill leaves it
    assert (home / "ă_1.jpg").exists() and (home / "crop_img" / "ă_1_crop_0.png").exists()
    assert not (home / "rec_gt.txt").exists()
    check_beside(options.outputs(pages))
    again = replace(options, resume=True)
    assert read_pages(pages, ReaderOptions(), again, Shard(world - 1, world)).pages == 0
    if world == 2:
        assert read_pages(pages, ReaderOptions(), again, Shard(0, 2)).pages == 0
    assert len((home / "rec_gt.txt").read_text(encoding="utf-8").splitlines()) == 6
    assert not list(pages.home.glob(f"{JOURNAL}*")) and not left.exists()
    check_beside(options.outputs(pages))


def test_launched_processes_share_the_pages(pages: Pages) -> None:
    folder = folder_of(pages)
    last = read_pages(pages, ReaderOptions(), JobOptions(), Shard(1, 2))
    assert last.pages == 5 and last.all_pages == 0 and not (folder / "ă.txt").exists()
    first = read_pages(pages, ReaderOptions(), JobOptions(), Shard(0, 2))
    assert first.pages == 4 and first.all_pages == 9
    assert (folder / "ă.txt").read_text(encoding="utf-8") == WHOLE
    assert (folder / "c.txt").read_text(encoding="utf-8") == WHOLE.replace("ă", "c")
    assert not list(folder.glob(f"{JOURNAL}*"))


def test_names_of_outputs_do_not_write_to_the_terminal(pages: Pages) -> None:
    summary = job.Outputs(pages.tasks, (), Pictures(Opening()))
    summary.files.append(Path("a\x1b[31m\nb.txt"))
    assert "wrote a\\x1b[31m\\nb.txt" in summary.describe(pages.passed_over)


def test_joined_pages_are_one_text(pages: Pages, vietnamese_path: Path) -> None:
    joined = find_pages([str(vietnamese_path)], joined=True)
    read_pages(joined, ReaderOptions(), JobOptions())
    text = (vietnamese_path / "read" / f"{vietnamese_path.name}.txt").read_text(encoding="utf-8")
    assert text.count("\f") == 8 and text.startswith("ă trang 1\n" if text[0] == "ă" else "\f")


def test_many_pages_need_no_more_memory_than_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500 drawn pages of 100,000 letters: what is kept of each is a few bytes."""
    (tmp_path / "a.pdf").write_bytes(paper.small_pdf("50 750 200 50 re f", 500))
    own, used = psutil.Process(), []
    line = PageLine(QUAD, "nghiêngngả" * 10_000, 0.9, 0, 0, 0)

    class Drawer(Reader):
        def read_task(self, task: PageTask) -> PageText:
            used.append(own.memory_info().rss / 2**20)
            with opened(task.path, Opening(dpi=36)) as document:
                height, width = document.picture(task.number).image.shape[:2]
            return PageText(Page(task.name, task.number, width, height), (line,))

    monkeypatch.setattr(job, "PageReader", Drawer)
    pages = find_pages([str(tmp_path / "a.pdf")], tmp_path)
    read_pages(pages, ReaderOptions(), JobOptions(("json",)))
    used.append(own.memory_info().rss / 2**20)  # after all was written
    assert (tmp_path / "a.json").stat().st_size > 500 * 120_000
    assert max(used) - used[50] < 40, (used[0], used[50], used[-2], used[-1])


def test_what_was_never_begun_leaves_no_journal(pages: Pages) -> None:
    def no_model(task: PageTask) -> PageText:
        raise UserError("no model")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reader, "read_task", staticmethod(no_model))
        with pytest.raises(UserError, match="no model"):
            read_pages(pages, ReaderOptions(), JobOptions())
    assert list(pages.home.iterdir()) == []


def test_no_reader_is_made_for_a_run_that_was_finished(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert JobOptions(("json",)).outputs(pages)[1] == folder_of(pages) / "ă.json"
    with pytest.raises(FileNotFoundError):  # the journal of no run
        job.Rows(folder_of(pages) / "absent", 0, pages.tasks)
