"""No work twice, nothing lost at a kill, changes noticed, nothing of others overwritten."""

from __future__ import annotations

import json
import os
import shutil
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from importing_cases import CROPS, PICTURE, Imported, imported, rows_of

from ppocr_ext.data.split import is_validation
from ppocr_ext.errors import UserError
from ppocr_ext.importing import run as run_module
from ppocr_ext.importing.formats import find_sources
from ppocr_ext.importing.page import Damage, Page, Source
from ppocr_ext.importing.run import Job, import_labels

Run = Callable[..., Imported]
FLAT = "260,40,877,40,877,92,260,92"
SECOND = "80,130,829,130,829,182,80,182"


def pages(folder: Path, count: int) -> Path:
    folder.mkdir()
    for number in range(count):
        shutil.copyfile(PICTURE, folder / f"p{number}.jpg")
        rows = f"{FLAT},dòng {number}\n{SECOND},hàng {number}\n"
        (folder / f"gt_p{number}.txt").write_text(rows, encoding="utf-8", newline="\n")
    return folder


def stamps(output: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in output.glob("crops/*/*.jpg")}


def files(output: Path) -> dict[str, bytes]:
    names = ("train.txt", "val.txt", "boxes.jsonl", "skipped.jsonl", "pages.jsonl", "summary.txt")
    return {name: (output / name).read_bytes() for name in names if (output / name).exists()}


def test_a_second_run_makes_nothing_again(tmp_path: Path, run: Run) -> None:
    source = pages(tmp_path / "in", 3)
    first = run(source)
    before, written = stamps(first.output), files(first.output)
    second = run(source)
    assert (second.done.reused, second.done.changed, second.done.gone) == (3, 0, 0)
    assert stamps(first.output) == before and files(first.output) == written


def test_what_changed_is_made_again_and_what_is_gone_goes(tmp_path: Path, run: Run) -> None:
    source = pages(tmp_path / "in", 4)
    first = run(source)
    label = source / "gt_p1.txt"
    label.write_text(f"{FLAT},khác\n", encoding="utf-8")
    os.utime(source / "p2.jpg", (1, 1))
    (source / "gt_p3.txt").unlink()
    (first.output / first.boxes[0]["crop"]).unlink()
    found = run(source)
    assert (found.done.reused, found.done.changed, found.done.gone) == (0, 3, 1)
    assert found.texts == ["dòng 0", "hàng 0", "khác", "dòng 2", "hàng 2"]
    there = {path.relative_to(found.output).as_posix() for path in found.output.glob("crops/*/*")}
    assert there == {row["crop"] for row in found.boxes}
    assert not any(not any(folder.iterdir()) for folder in (found.output / "crops").iterdir())


class Killed(BaseException):
    """Ends a run anywhere."""


@pytest.mark.parametrize("torn", [b"", b'{"key": "p1', b"\xff"])
def test_a_killed_run_continues(torn: bytes, tmp_path: Path) -> None:
    source = pages(tmp_path / "in", 5)
    sources, root = find_sources(source)
    output = tmp_path / "out"

    def kill(number: int) -> None:
        if number == 3:
            raise Killed

    with pytest.raises(Killed):
        import_labels(Job(source, sources, root, output), kill)
    assert not (output / "train.txt").exists()
    with open(output / "pages.jsonl", "ab") as stream:
        stream.write(torn)
    found = imported(source, output)
    assert found.done.reused == 3 and len(found.boxes) == 10
    whole = imported(source, tmp_path / "whole")
    assert files(output) == files(whole.output)
    assert not list(output.glob(".*.new"))


@pytest.mark.parametrize("name", ["train.txt", "boxes.jsonl"])
def test_a_kill_between_the_last_files(
    name: str, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ppocr_ext import outputs

    source = pages(tmp_path / "in", 2)
    first = run(source)
    real = outputs.replace

    def replace(finished: Path, target: Path) -> None:
        if target.name == name:
            raise Killed
        real(finished, target)

    (source / "gt_p1.txt").write_text(f"{FLAT},khác\n", encoding="utf-8")
    monkeypatch.setattr(outputs, "replace", replace)
    with pytest.raises(Killed):
        run(source)
    monkeypatch.undo()
    assert run(source).texts == ["dòng 0", "hàng 0", "khác"]
    assert first.output.is_dir()


def test_a_new_row_above_changes_no_page(tmp_path: Path, run: Run) -> None:
    source = tmp_path / "in"
    source.mkdir()
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        shutil.copyfile(PICTURE, source / name)
    box = '[{"transcription": "x", "points": [[260, 40], [877, 40], [877, 92], [260, 92]]}]'
    rows = [f"in/{name}.jpg\t{box}\n" for name in "abc"]
    (source / "Label.txt").write_text("".join(rows[1:]), encoding="utf-8")
    run(source)
    (source / "Label.txt").write_text("".join(rows), encoding="utf-8")
    second = run(source)
    assert (second.done.reused, second.done.changed) == (2, 0)
    assert [row["source"] for row in second.boxes] == [f"Label.txt:{n}, box 0" for n in (1, 2, 3)]


def test_what_a_power_cut_left_of_a_crop_is_made_again(tmp_path: Path, run: Run) -> None:
    source = pages(tmp_path / "in", 3)
    first = run(source)
    short, gone = (first.output / first.boxes[place]["crop"] for place in (0, 3))
    whole = short.read_bytes()
    short.write_bytes(b"")
    gone.unlink()
    second = run(source)
    assert (second.done.reused, second.done.changed) == (1, 2)
    assert short.read_bytes() == whole and gone.is_file()


def test_label_files_are_on_the_disk_before_their_names(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a power cut leaves empty ones, which look edited."""
    synced, sync = set[int](), os.fsync

    def noted(handle: int) -> None:
        sync(handle)
        synced.add(os.fstat(handle).st_ino)

    monkeypatch.setattr(os, "fsync", noted)
    output = run(pages(tmp_path / "in", 2)).output
    names = ("train.txt", "boxes.jsonl", "summary.txt", "pages.jsonl")
    assert {name for name in names if (output / name).stat().st_ino not in synced} == set()


def test_a_kill_before_the_first_row(tmp_path: Path, run: Run) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "pages.jsonl").touch()
    assert run(pages(tmp_path / "in", 1)).texts == ["dòng 0", "hàng 0"]


def test_edited_labels_are_not_overwritten(tmp_path: Path, run: Run) -> None:
    source = pages(tmp_path / "in", 2)
    labels = run(source).output / "train.txt"
    labels.write_text(labels.read_text(encoding="utf-8") + "x\ty\n", encoding="utf-8")
    with pytest.raises(UserError, match="would be replaced"):
        run(source)
    assert labels.read_text(encoding="utf-8").endswith("x\ty\n")


def test_the_import_of_another_source_is_not_overwritten(tmp_path: Path, run: Run) -> None:
    run(pages(tmp_path / "one", 1))
    with pytest.raises(UserError, match="holds the import of"):
        run(pages(tmp_path / "two", 1))
    (tmp_path / "mine" / "crops").mkdir(parents=True)
    with pytest.raises(UserError, match="of something else"):
        run(tmp_path / "one", "mine")


def test_an_import_without_a_line_leaves_nothing(tmp_path: Path, run: Run) -> None:
    source = pages(tmp_path / "in", 1)
    (source / "gt_p0.txt").write_text(f"{FLAT},###\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"(?s)no line can be kept.*1  marked illegible"):
        run(source)
    assert not any((tmp_path / "out").iterdir()) if (tmp_path / "out").exists() else True


def test_pages_keep_their_part_when_others_come(tmp_path: Path, run: Run) -> None:
    source = pages(tmp_path / "in", 12)
    parts = {row["page"]: row["split"] for row in run(source, "first", val=0.3).boxes}
    assert set(parts.values()) == {"train", "val"}
    for number in range(12, 20):
        shutil.copyfile(PICTURE, source / f"p{number}.jpg")
        (source / f"gt_p{number}.txt").write_text(f"{FLAT},x1\n", encoding="utf-8")
    later = {row["page"]: row["split"] for row in run(source, "later", val=0.3).boxes}
    assert {page: later[page] for page in parts} == parts
    assert all((part == "val") == is_validation(page, 0.3) for page, part in later.items())


def test_the_share_that_is_validated() -> None:
    """The same pages on every machine, in either Unicode form and case."""
    names = [f"trang {number}.jpg" for number in range(10_000)]
    assert sum(is_validation(name, 0.1) for name in names) == 1041
    assert [n for n in range(100) if is_validation(names[n], 0.1)] == [
        25,
        42,
        44,
        51,
        57,
        79,
        84,
        90,
        91,
        94,
    ]
    assert is_validation("Ảnh 5.jpg", 0.5) == is_validation("a\u0309nh 5.JPG", 0.5)
    assert not any(is_validation(name, 0.0) for name in names)


def test_one_page_is_all_trained_on(tmp_path: Path, run: Run) -> None:
    found = run(pages(tmp_path / "in", 1), val=0.99)
    assert {row["split"] for row in found.boxes} == {"train"}
    assert not (found.output / "val.txt").exists()


def test_a_set_keeps_its_own_split(tmp_path: Path, run: Run) -> None:
    source = tmp_path / "in"
    source.mkdir()
    pages(source / "train_images", 3)
    pages(source / "test", 2)
    for number in range(2):
        (source / "test" / f"p{number}.jpg").rename(source / "test" / f"q{number}.jpg")
        (source / "test" / f"gt_p{number}.txt").rename(source / "test" / f"gt_q{number}.txt")
    found = run(source)
    parts = {row["page"]: row["split"] for row in found.boxes}
    assert {page for page, part in parts.items() if part == "val"} == {"test/q0.jpg", "test/q1.jpg"}
    pages(source / "val", 1)
    found = run(source, "three")
    assert {row["split"] for row in found.boxes} == {"train", "val", "test"}
    assert (found.output / "test.txt").is_file()


@pytest.mark.parametrize(
    ("names", "groups"),
    [
        (["a_crop_0.jpg", "a_crop_1.jpg", "b_crop_0.jpg"], ["a", "a", "b"]),
        (
            ["hd-9_0.jpg", "hd-9_1.jpg", "hd-7_0.jpg", "khac.jpg"],
            ["hd-9", "hd-9", "hd-7", "khac.jpg"],
        ),
        (["x/1.jpg", "x/2.jpg", "y/1.jpg"], ["x", "x", "y"]),
        (["x/dong_1.jpg", "x/dong_2.jpg", "y/dong_1.jpg"], ["x", "x", "y"]),
        (["1.jpg", "2.jpg", "3.jpg"], ["1.jpg", "2.jpg", "3.jpg"]),
        (["dong_1.jpg", "dong_2.jpg"], ["dong_1.jpg", "dong_2.jpg"]),
    ],
    ids=["ppocrlabel", "documents", "folders", "numbered in folders", "crops", "numbered"],
)
def test_crops_are_parted_by_document_or_folder(
    names: list[str], groups: list[str], tmp_path: Path, run: Run
) -> None:
    source = tmp_path / "in"
    rows = []
    for number, name in enumerate(names):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        data = PICTURE.read_bytes()
        (source / name).write_bytes(data)
        rows.append(f"{name}\tdòng {number}\n")
    (source / "rec.txt").write_text("".join(rows), encoding="utf-8")
    import cv2
    import numpy as np

    line = np.full((40, 200, 3), 255, np.uint8)
    line[10:30, 20:180:6] = 0
    for name in names:
        (source / name).write_bytes(cv2.imencode(".jpg", line)[1].tobytes())
    found = run(source, val=0.5)
    wanted = ["val" if is_validation(group, 0.5) else "train" for group in groups]
    assert [row["split"] for row in found.boxes] == wanted


def test_every_line_is_in_one_of_the_files(tmp_path: Path, run: Run) -> None:
    source = pages(tmp_path / "in", 3)
    more = f"{FLAT},###\n{FLAT},\n1,2,3\n"
    with open(source / "gt_p0.txt", "a", encoding="utf-8", newline="\n") as stream:
        stream.write(more)
    (source / "p2.jpg").write_bytes(b"no picture")
    found = run(source)
    assert (len(found.boxes), len(found.skipped), len(found.done.damages)) == (4, 4, 1)
    assert found.done.damages == [Damage("gt_p0.txt:5", "no eight numbers before a text")]
    assert found.reasons == {
        "marked illegible (###, #, *)": 1,
        "empty: not labelled": 1,
        "its image cannot be read: not an image": 2,
    }
    assert {row["source"] for row in found.skipped[:2]} == {"gt_p0.txt, row 3", "gt_p0.txt, row 4"}
    summary = (found.output / "summary.txt").read_text(encoding="utf-8")
    assert "gt_p0.txt:5: no eight numbers" in summary and "gt_p2.txt, row 1" in summary


def test_pages_are_read_when_they_are_made(tmp_path: Path) -> None:
    """At no time more than a few of 300 pages and label files are held."""
    source = tmp_path / "in"
    source.mkdir()
    for number in range(300):
        shutil.copyfile(CROPS[3], source / f"p{number}.jpg")
        (source / f"gt_p{number}.txt").write_text("0,0,99,0,99,40,0,40,x1\n", encoding="utf-8")
    sources, root = find_sources(source)
    held: list[weakref.ref[Source | Page]] = []
    most = 0

    def watched() -> Iterator[Source]:
        for each in sources:
            held.append(weakref.ref(each))
            yield each

    real = run_module.read

    def read(each: Source) -> Iterator[Page | Damage]:
        for found in real(each):
            if isinstance(found, Page):
                held.append(weakref.ref(found))
            yield found

    def look(number: int) -> None:
        nonlocal most
        most = max(most, sum(each() is not None for each in held))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_module, "read", read)
        done = import_labels(Job(source, watched(), root, tmp_path / "out", threads=2), look)
    assert done.labels.kept == 300
    assert len(held) == 600 and 1 <= most <= 16


def test_each_crop_can_be_found_again(tmp_path: Path, run: Run) -> None:
    found = run(pages(tmp_path / "in", 1))
    assert found.boxes[0] == {
        "crop": found.boxes[0]["crop"],
        "page": "p0.jpg",
        "quad": [[260, 40], [877, 40], [877, 92], [260, 92]],
        "text": "dòng 0",
        "source": "gt_p0.txt, row 1",
        "split": "train",
    }
    header = json.loads((found.output / "pages.jsonl").read_text(encoding="utf-8").split("\n")[0])
    assert header["root"] == (tmp_path / "in").as_posix()
    assert rows_of(found.output / "pages.jsonl")[1]["size"] == [1200, 900]
