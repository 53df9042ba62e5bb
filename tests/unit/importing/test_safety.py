"""Files from strangers: nothing is run, expanded, fetched, or read outside of the source."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from importing_cases import CROPS, PICTURE, Imported, imported

from ppocr_ext.errors import UserError
from ppocr_ext.importing import formats
from ppocr_ext.importing.page import Damage

Run = Callable[..., Imported]
FLAT = "260,40,877,40,877,92,260,92"
BOX = "[[260, 40], [877, 40], [877, 92], [260, 92]]"
LINE = (
    '<TextLine id="a"><Coords points="260,40 877,40 877,92 260,92"/><TextEquiv><Unicode>{}'
    "</Unicode></TextEquiv></TextLine>"
)


def page_xml(dtd: str, text: str) -> str:
    page = f'<Page imageFilename="p.jpg">{LINE.format(text)}</Page>'
    return f'<?xml version="1.0"?>{dtd}<PcGts>{page}</PcGts>'


@pytest.mark.parametrize(
    ("dtd", "text"),
    [
        ('<!DOCTYPE PcGts [<!ENTITY x SYSTEM "{secret}">]>', "&x;"),
        ('<!DOCTYPE PcGts [<!ENTITY a "ha"><!ENTITY x "&a;&a;&a;">]>', "&x;"),
        ('<!DOCTYPE PcGts [<!ENTITY % y SYSTEM "{secret}"> %y;]>', "t"),
    ],
    ids=["file", "laughs", "parameter"],
)
@pytest.mark.parametrize("kind", ["page", "cvat"])
def test_no_entity_is_read(kind: str, dtd: str, text: str, tmp_path: Path, run: Run) -> None:
    source = tmp_path / "in"
    source.mkdir()
    secret = tmp_path / "secret.txt"
    secret.write_text("bí mật", encoding="utf-8")
    shutil.copyfile(PICTURE, source / "p.jpg")
    (source / "gt_p.txt").write_text(f"{FLAT},một\n", encoding="utf-8")
    dtd = dtd.replace("{secret}", secret.as_uri())
    content = page_xml(dtd, text)
    if kind == "cvat":
        dtd = dtd.replace("PcGts", "annotations")
        held = f'<attribute name="text">{text}</attribute>'
        box = f'<box xtl="1" ytl="1" xbr="99" ybr="20">{held}</box>'
        content = f'{dtd}<annotations><image name="q.jpg">{box}</image></annotations>'
    (source / "x.xml").write_text(content, encoding="utf-8")
    found = run(source)
    assert found.texts == ["một"]
    assert [(each.place, each.reason) for each in found.done.damages] == [
        ("x.xml", "declares entities, which are not read")
    ]


@pytest.mark.parametrize("name", ["../q.jpg", "{there}/q.jpg", "a/../../q.jpg", "link.jpg"])
def test_a_path_never_leaves_the_root(name: str, tmp_path: Path, run: Run) -> None:
    """Unless --root names the wider folder."""
    source = tmp_path / "in"
    source.mkdir()
    (source / "a").mkdir()
    shutil.copyfile(PICTURE, tmp_path / "q.jpg")
    shutil.copyfile(PICTURE, source / "p.jpg")
    if name == "link.jpg":
        try:
            os.symlink(tmp_path / "q.jpg", source / name)
        except OSError:
            pytest.skip("this system makes no links")
        if not (source / name).is_file():
            pytest.skip("this system follows no links")
    name = name.replace("{there}", tmp_path.as_posix())
    row = f'{{"transcription": "A1", "points": {BOX}, "difficult": false}}'
    rows = f"{name}\t[{row}]\np.jpg\t[{row}]\n"
    (source / "Label.txt").write_text(rows, encoding="utf-8")
    found = run(source)
    assert [row["page"] for row in found.boxes] == ["p.jpg"]
    assert found.reasons == {
        "its image lies outside the source's folder (--root names a wider one)": 1
    }
    wide = run(source, "wide", root=tmp_path)
    assert len(wide.boxes) == 2


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("x.json", '{"version": "5", "shapes": [{"label"', "x.json"),
        ("x.json", '{"version": "5", "shapes": 7, "imagePath": "p.jpg"}', "x.json"),
        ("x.json", "[" * 100_000, None),
        ("x.json", '[{"annotations": [], "data": 5}, {"annotations": [', "x.json"),
        ("x.xml", "<PcGts><Page><TextLine></Page></PcGts>", "x.xml"),
        ("x.xml", "<alto><Layout><Page WIDTH='a'>", "x.xml"),
        ("x.hocr", "<div class='ocr_page' title='bbox'>", "x.hocr"),
        ("x.parquet", "PAR1", "x.parquet"),
    ],
)
def test_a_damaged_file_is_named_and_the_rest_is_read(
    name: str, content: str, place: str | None, tmp_path: Path, run: Run
) -> None:
    source = tmp_path / "in"
    source.mkdir()
    shutil.copyfile(PICTURE, source / "p.jpg")
    (source / "gt_p.txt").write_text(f"{FLAT},một\n", encoding="utf-8")
    (source / name).write_text(content, encoding="utf-8")
    found = run(source)
    assert found.texts == ["một"]
    assert [each.place.partition(":")[0] for each in found.done.damages[:1]] == [place] * bool(
        place
    )


def test_a_damaged_element_is_named_with_its_row(tmp_path: Path, run: Run) -> None:
    source = tmp_path / "in"
    source.mkdir()
    shutil.copyfile(PICTURE, source / "p.jpg")
    row = f'p.jpg\t[{{"transcription": "a", "points": {BOX}}}'
    rows = f'{row}]\n{row}, {{"transcription": "b", "points": 7}}]\nq.jpg\t[{{"transcription"\n'
    (source / "Label.txt").write_text(rows, encoding="utf-8")
    found = run(source).done.damages
    assert [each.place for each in found] == ["Label.txt:2, box 1", "Label.txt:3"]
    assert found[1].reason == "Expecting ':' delimiter: line 1 column 18 (char 17)"


def test_what_cannot_be_opened_is_counted(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A label file and a folder without permission, and a link to nothing."""
    source = tmp_path / "in"
    (source / "secret").mkdir(parents=True)
    shutil.copyfile(PICTURE, source / "p.jpg")
    for name in ("gt_p.txt", "closed.json"):
        (source / name).write_text(f"{FLAT},một\n", encoding="utf-8")
    refused = PermissionError(errno.EACCES, "Permission denied", str(source / "secret"))

    def walk(top: Path, onerror: Callable[[OSError], None] | None = None) -> Iterator[Any]:
        """As if root, who runs tests at times, had no permission, either."""
        yield from listed(top)
        if onerror:
            onerror(refused)

    def format_of(path: Path) -> str | None:
        if path.name == "closed.json":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return found_format(path)

    listed, found_format = os.walk, formats.format_of
    monkeypatch.setattr(os, "walk", walk)
    monkeypatch.setattr(formats, "format_of", format_of)
    found = run(source)
    assert found.texts == ["một"]
    why = "Permission denied"
    assert found.done.damages == [Damage("closed.json", why), Damage("secret", why)]
    (source / "gt_p.txt").unlink()
    with pytest.raises(UserError, match=r"(?s)no line can be kept.*closed.json: Permission den"):
        run(source, "none")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_a_pipe_is_no_label_file(tmp_path: Path, run: Run) -> None:
    source = tmp_path / "in"
    source.mkdir()
    shutil.copyfile(PICTURE, source / "p.jpg")
    (source / "gt_p.txt").write_text(f"{FLAT},một\n", encoding="utf-8")
    os.mkfifo(source / "a.json")
    (source / "b.json").symlink_to("nowhere")
    found = run(source)
    assert found.texts == ["một"]
    assert [each.place for each in found.done.damages] == ["b.json"]


def test_only_the_crops_of_ppocrlabel_itself_are_its_copy(tmp_path: Path, run: Run) -> None:
    source = tmp_path / "in"
    source.mkdir()
    shutil.copyfile(PICTURE, source / "p.jpg")
    shutil.copyfile(CROPS[0], source / "c.jpg")
    row = f'{{"transcription": "a", "points": {BOX}, "difficult": false}}'
    (source / "Label.txt").write_text(f"p.jpg\t[{row}]\n", encoding="utf-8")
    for name, text in (("rec_gt.txt", "x"), ("mine.txt", "b")):
        (source / name).write_text(f"c.jpg\t{text}\n", encoding="utf-8")
    (source / "ghi chú.md").write_text("# ghi", encoding="utf-8")
    found = run(source)
    assert found.texts == ["a", "b"]
    assert list(found.done.labels.summary([]))[-3:-1] == [
        "  files not read: 1  of no format that is known (ghi chú.md)",
        "  files not read: 1  crops of the boxes in Label.txt beside it (rec_gt.txt)",
    ]


def test_of_two_pictures_of_one_name_the_nearer_one_is_meant(tmp_path: Path, run: Run) -> None:
    source = tmp_path / "in"
    for name in ("one", "two"):
        for part in ("images", "labels"):
            (source / name / part).mkdir(parents=True)
        shutil.copyfile(PICTURE, source / name / "images" / "p.jpg")
        label = source / name / "labels" / "gt_p.txt"
        label.write_text(f"{FLAT},{name}\n", encoding="utf-8")
    found = run(source)
    assert [(row["page"], row["text"]) for row in found.boxes] == [
        ("one/images/p.jpg", "one"),
        ("two/images/p.jpg", "two"),
    ]


def test_text_cannot_break_a_row_of_the_labels(tmp_path: Path, run: Run) -> None:
    source = tmp_path / "in"
    source.mkdir()
    shutil.copyfile(PICTURE, source / "p.jpg")
    row = f'{{"transcription": "a\\tb\\u2028c", "points": {BOX}, "difficult": false}}'
    plain = f'{{"transcription": "a\\tb", "points": {BOX}, "difficult": false}}'
    (source / "Label.txt").write_text(f"p.jpg\t[{row}, {plain}]\n", encoding="utf-8")
    found = run(source)
    (line,) = (found.output / "train.txt").read_text(encoding="utf-8").splitlines()
    assert line == f"{found.boxes[0]['crop']}\ta b"
    assert found.reasons == {"several rows in one box": 1}


def test_half_a_letter_and_names_that_are_no_utf_8(tmp_path: Path, run: Run) -> None:
    """JSON can write half a surrogate pair, and Linux any bytes as a name."""
    if os.name == "nt":
        pytest.skip("Windows' names are text")
    source = tmp_path / "in"
    source.mkdir()
    name = os.fsdecode(b"p\xff.jpg")
    try:
        shutil.copyfile(PICTURE, source / name)
    except OSError:
        pytest.skip("this disk has no such names")
    shutil.copyfile(PICTURE, source / "q.jpg")
    (source / os.fsdecode(b"gt_p\xff.txt")).write_text(f"{FLAT},m\u1ed9t\n", encoding="utf-8")
    row = f'{{"transcription": "a\\ud800b", "points": {BOX}, "difficult": false}}'
    (source / "Label.txt").write_text(f"q.jpg\t[{row}]\n", encoding="utf-8")
    found = run(source)
    assert found.texts == ["a?b", "m\u1ed9t"]
    assert run(source).done.reused == 2


def test_an_import_inside_of_its_source_is_no_source(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    shutil.copyfile(PICTURE, source / "p.jpg")
    (source / "gt_p.txt").write_text(f"{FLAT},m\u1ed9t\n", encoding="utf-8")
    for _ in range(2):
        found = imported(source, source / "out")
        assert (found.texts, found.reasons) == (["m\u1ed9t"], {})
