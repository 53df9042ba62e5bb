"""Which pages are read, in which order, and what their outputs are called."""

from __future__ import annotations

import io
from argparse import ArgumentTypeError
from pathlib import Path

import paper
import pytest
from PIL import Image

from ppocr_ext.cli.read_pages import page_numbers
from ppocr_ext.errors import UserError
from ppocr_ext.outputs import remember
from ppocr_ext.pages.job import JobOptions
from ppocr_ext.pages.sources import Pages, find_pages


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (30, 30)).save(path)
    return path


def stems_of(pages: Pages) -> list[Path]:
    return list(dict.fromkeys(task.stem for task in pages.tasks))


def stems(found: list[Path], base: Path) -> list[str]:
    return [path.relative_to(base).as_posix() for path in found]


def test_a_folder_in_natural_order_and_what_was_written_into_it(vietnamese_path: Path) -> None:
    for name in ("trang 10.png", "trang 2.png", "Trang 1.jpg", "phụ/a.png", "read/cũ.png"):
        picture(vietnamese_path / name)
    (vietnamese_path / "ghi chú.docx").write_bytes(b"x")
    (vietnamese_path / "read" / "cũ.txt").write_bytes(b"x")
    pages = find_pages([str(vietnamese_path)])
    assert stems(stems_of(pages), vietnamese_path / "read") == [
        *("Trang 1", "trang 2", "trang 10", "phụ/a"),
    ]
    assert pages.passed_over.total == 1
    assert find_pages([str(vietnamese_path)]).fingerprint == pages.fingerprint
    picture(vietnamese_path / "trang 3.png")
    assert find_pages([str(vietnamese_path)]).fingerprint != pages.fingerprint


def test_outputs_of_one_name_keep_their_suffixes(tmp_path: Path) -> None:
    for name in ("a.png", "a.jpg", "b/a.png", "c.png"):
        picture(tmp_path / name)
    named = [str(tmp_path / "*.*g"), str(tmp_path / "b" / "a.png"), str(tmp_path / "c.png")]
    pages = find_pages(named, tmp_path / "out")
    assert stems(stems_of(pages), tmp_path / "out") == [
        *("a.jpg", "a.png", "c", "a.png_2"),
    ]
    joined = find_pages([str(tmp_path)], joined=True)
    assert {task.stem for task in joined.tasks} == {tmp_path / "read" / tmp_path.name}


def test_joined_pages_of_a_folder_below_stand_at_home(tmp_path: Path) -> None:
    picture(tmp_path / "thư" / "1" / "a.png")
    for output, home in ((None, tmp_path / "thư" / "read"), (tmp_path / "ra", tmp_path / "ra")):
        pages = find_pages([str(tmp_path / "thư")], output, joined=True)
        assert pages.home == home and pages.tasks[0].stem == home / "thư"
        one = JobOptions(label=True).outputs(find_pages([str(tmp_path / "thư")], output))
        assert one[0] == home / "1" / "a.txt" and one[1] == home / "label" / "Label.txt"


def test_joined_files_of_one_name(tmp_path: Path) -> None:
    named = [str(picture(tmp_path / name)) for name in ("a.png", "a.jpg")]
    assert stems_of(find_pages(named, joined=True)) == [tmp_path / "read" / "a"]


def test_what_an_earlier_command_wrote_is_not_read(tmp_path: Path) -> None:
    for name in ("a.png", "read/a.overlay.jpg", "read/own.png"):
        picture(tmp_path / name)
    remember([tmp_path / "read" / "a.overlay.jpg"])
    pages = find_pages([str(tmp_path)], tmp_path / "out")
    assert [task.path.name for task in pages.tasks] == ["a.png", "own.png"]
    (said,) = pages.passed_over.lines("skipped")
    assert said.endswith("a.overlay.jpg: written by an earlier command")


def test_lines_cut_out_of_pages_are_no_pages(tmp_path: Path) -> None:
    """By label.py, and by PPOCRLabel or ``--crops``; but where one names their folder."""
    for name in ("labelling/crops/a", "crop_img", "crops"):
        (tmp_path / name).mkdir(parents=True)
        picture(tmp_path / name / "1.png")
    picture(tmp_path / "a.png")
    (tmp_path / "labelling" / "log.jsonl").write_bytes(b"")
    (tmp_path / "rec_gt.txt").write_bytes(b"")
    found = [
        task.path.relative_to(tmp_path).as_posix() for task in find_pages([str(tmp_path)]).tasks
    ]
    assert found == ["a.png", "crops/1.png"]
    assert len(find_pages([str(tmp_path / "crop_img")]).tasks) == 1


def test_pages_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(paper.small_pdf("", 9))
    picture(tmp_path / "b.png")
    (tmp_path / "c.pdf").write_bytes(b"%PDF-")
    named = [str(tmp_path / name) for name in ("a.pdf", "b.png", "c.pdf")]
    pages = find_pages(named, wanted=page_numbers("2-3, 8-"))
    assert [task.number for task in pages.tasks] == [2, 3, 8, 9, 1, 1]
    assert pages.tasks[4].error == "has 1 page, none of those that --pages names"
    assert pages.tasks[5].error == "damaged, without pages, or not a PDF"
    none = find_pages(named[:1], wanted=page_numbers("12"))
    assert find_pages(named[1:2], wanted=page_numbers("1-")).tasks[0].error == ""
    assert none.tasks[0].error == "has 9 pages, none of those that --pages names"
    for wrong in ("", "0", "3-1", "a", "1,,2", "-3"):
        with pytest.raises(ArgumentTypeError):
            page_numbers(wrong)


def test_paths_on_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = picture(tmp_path / "ảnh.png")
    lines = io.TextIOWrapper(io.BytesIO(f"{path}\n\n{tmp_path / 'absent.png'}\r\n".encode()))
    monkeypatch.setattr("sys.stdin", lines)
    pages = find_pages(["-"])
    assert [task.error for task in pages.tasks] == ["", "no such file"]
    assert pages.tasks[0].stem == tmp_path / "read" / "ảnh"


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        find_pages([str(tmp_path / "absent.pdf")])
    (tmp_path / "a.docx").write_bytes(b"x")
    with pytest.raises(UserError, match="no page found"):
        find_pages([str(tmp_path)])
