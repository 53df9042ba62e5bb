"""Every format gives the same boxes, to 2.5 pixels, and the same texts, to the letter."""

from __future__ import annotations

import ast
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import pytest
from importing_cases import CROPS, LABELS, LINES, PAGES, Imported, exported, imported, laid_out

from ppocr_ext.errors import UserError
from ppocr_ext.importing.export import export
from ppocr_ext.transforms.image import read_image

TWO_ROWS = ["Dòng một của đoạn", "Dòng hai của đoạn"]
WITHOUT_BREAKS = ("icdar", "vintext", "total_text", "mcocr")  # whose files join the two rows
Truth = list[dict[str, Any]]


def lines_of(truth: Truth) -> dict[str, np.ndarray]:
    """Text → quad of every row that is a label."""
    return {
        row: np.array(quad)
        for line in truth
        if not line["skip"] and not line["empty"]
        for row, quad in zip(line["rows"], line["row_quads"], strict=True)
    }


def distance(found: Imported, wanted: dict[str, np.ndarray]) -> float:
    """Pixels between quads of one text."""
    return max(np.abs(np.array(row["quad"]) - wanted[row["text"]]).max() for row in found.boxes)


@pytest.mark.parametrize("name", sorted(set(PAGES) - {"hocr", "tesseract"}))
def test_pages(name: str, tmp_path: Path, run: Callable[..., Imported], truth: Truth) -> None:
    found, wanted = run(laid_out(name, tmp_path / "in")), lines_of(truth)
    if name in WITHOUT_BREAKS:
        wanted = {text: quad for text, quad in wanted.items() if text not in TWO_ROWS}
        assert found.reasons["several rows in one box"] == 1
    assert found.texts == list(wanted)
    assert distance(found, wanted) <= 2.5
    labels = (found.output / "train.txt").read_text(encoding="utf-8")
    assert labels == "".join(f"{row['crop']}\t{row['text']}\n" for row in found.boxes)
    assert all((found.output / row["crop"]).is_file() for row in found.boxes)
    fewer = {"mcocr": 3, "label_studio": -11, "ppocrlabel": -3}  # JSON_MIN, Cache.cach beside it
    rows = 12 - fewer.get(name, 2 * (name in WITHOUT_BREAKS))
    assert len(found.skipped) + len(found.boxes) == rows


@pytest.mark.parametrize("name", ["hocr", "tesseract"])
def test_upright_boxes(
    name: str, tmp_path: Path, run: Callable[..., Imported], truth: Truth
) -> None:
    """A sloped line's box is the upright one around it; hOCR has no double spaces."""
    wanted = lines_of(truth)
    for text in ("Số 15, đường Lê Lợi, Quận 1", "Ngày 03/08/2011"):
        (x0, y0), (x1, y1) = wanted[text].min(axis=0), wanted[text].max(axis=0)
        wanted[text] = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
    if name == "hocr":
        wanted = {" ".join(text.split()): quad for text, quad in wanted.items()}
    found = run(laid_out(name, tmp_path / "in"))
    assert found.texts == list(wanted)
    assert distance(found, wanted) <= 2.5


@pytest.mark.parametrize("name", [*LINES, "lmdb"])
def test_crops(name: str, tmp_path: Path, run: Callable[..., Imported], truth: Truth) -> None:
    """Crops are kept as they are, byte for byte."""
    found = run(laid_out(name, tmp_path / "in"))
    assert found.texts == list(lines_of(truth))
    copies = [(found.output / row["crop"]).read_bytes() for row in found.boxes]
    assert copies == [crop.read_bytes() for crop in CROPS]
    again = {"its picture is labelled in another row or file, too": 10}
    assert found.reasons == (again if name == "mmocr" else {})


def test_a_folder_of_ppocrlabel_reads_its_boxes_and_not_its_crops(
    tmp_path: Path, run: Callable[..., Imported]
) -> None:
    source = laid_out("ppocrlabel", tmp_path / "in")
    found = run(source)
    assert {row["page"] for row in found.boxes} == {"anh/trang 1.jpg"}
    assert run(source / "anh" / "Label.txt", "one").texts == found.texts


def test_rec_gt_with_a_box_of_two_rows(tmp_path: Path, run: Callable[..., Imported]) -> None:
    """A row without a tab belongs to the text before it, whose crop shows two rows."""
    source = tmp_path / "in"
    laid_out("doctr", source)
    (source / "labels.json").unlink()
    page = np.vstack(
        [np.pad(_grey(CROPS[n]), ((6, 6), (0, 300)), mode="edge")[:, :312] for n in (5, 6)]
    )
    (source / "crop_img").mkdir()
    (source / "crop_img" / "p_crop_7.png").write_bytes(cv2.imencode(".png", page)[1].tobytes())
    shutil.copyfile(CROPS[0], source / "crop_img" / "p_crop_0.jpg")
    rows = (
        "crop_img/p_crop_0.jpg\tCỘNG\ncrop_img/p_crop_7.png\tDòng một của đoạn\nDòng hai của đoạn\n"
    )
    (source / "rec_gt.txt").write_text(rows, encoding="utf-8")
    found = run(source)
    assert found.texts == ["CỘNG", *TWO_ROWS]
    assert found.notes == {"box of several rows, cut between them": 2}


def _grey(path: Path) -> np.ndarray:
    return read_image(path)[..., 0]


def test_gt_txt_may_end_with_a_form_feed(tmp_path: Path, run: Callable[..., Imported]) -> None:
    source = tmp_path / "in"
    source.mkdir()
    shutil.copyfile(CROPS[0], source / "a.bin.png")
    (source / "a.gt.txt").write_text("CỘNG HÒA\n\f", encoding="utf-8")
    assert run(source).texts == ["CỘNG HÒA"]


def test_trdg_names_are_texts_that_lack_letters(
    tmp_path: Path, run: Callable[..., Imported]
) -> None:
    source = tmp_path / "in"
    source.mkdir()
    shutil.copyfile(CROPS[9], source / "Ngày 03082011_9.jpg")
    shutil.copyfile(CROPS[7], source / "7_THẺ KHO.jpg")
    found = run(source)
    assert sorted(found.texts) == ["Ngày 03082011", "THẺ KHO"]
    assert found.notes == {"text from the file's name, which lacks / \\ : * ? \" < > |": 2}


class _Batch:
    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows

    def to_pylist(self) -> list[dict[str, Any]]:
        return self.rows


def test_parquet(
    tmp_path: Path, run: Callable[..., Imported], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With pyarrow, here a stand-in; without it its installation is the cure."""
    source = tmp_path / "in"
    source.mkdir()
    (source / "train-0.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UserError, match="pip install pyarrow"):
        run(source)
    texts = list(
        json.loads((LABELS / "doctr" / "labels.json").read_text(encoding="utf-8")).values()
    )
    rows = [
        {"image": {"bytes": crop.read_bytes(), "path": None}, "text": text}
        for crop, text in zip(CROPS, texts, strict=True)
    ]

    class ParquetFile:
        schema_arrow = type("Schema", (), {"names": ["image", "text"]})

        def __init__(self, path: Path) -> None:
            assert path.name == "train-0.parquet"

        def iter_batches(self, batch_size: int, columns: list[str]) -> list[_Batch]:
            assert columns == ["image", "text"]
            return [_Batch(rows[:4]), _Batch([*rows[4:], {"image": None, "text": "x"}])]

    package, module = ModuleType("pyarrow"), ModuleType("pyarrow.parquet")
    module.ParquetFile = ParquetFile  # type: ignore[attr-defined]
    package.parquet = module  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pyarrow", package)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", module)
    found = run(source)
    assert found.texts == texts
    assert [each.place for each in found.done.damages] == ["train-0.parquet:row 10"]


@pytest.mark.parametrize("form", ["ppocrlabel", "label_studio", "page_xml"])
def test_round_trips(form: str, tmp_path: Path, truth: Truth) -> None:
    """Written for another tool and read again: boxes to 2.5 pixels, texts to the letter; ``###``
    and empty boxes, too."""
    source = laid_out("labelme", tmp_path / "in")
    out = tmp_path / "trang sách"
    assert not exported(source, out, form).counts
    found = imported(out, tmp_path / "again")
    assert found.texts == list(lines_of(truth))
    assert distance(found, lines_of(truth)) <= 2.5
    assert found.reasons == {"marked illegible (###, #, *)": 1, "empty: not labelled": 1}


def test_image_folder(tmp_path: Path, truth: Truth) -> None:
    source = laid_out("cvat", tmp_path / "in")
    assert not exported(source, tmp_path / "out", "imagefolder", val=0.0).counts
    assert imported(tmp_path / "out", tmp_path / "again").texts == list(lines_of(truth))


def test_an_import_is_exported_again_with_all_it_left_out(tmp_path: Path, truth: Truth) -> None:
    first = imported(laid_out("page_xml", tmp_path / "in"), tmp_path / "first")
    export(first.output, tmp_path / "pages", "ppocrlabel", lambda n: None)
    found = imported(tmp_path / "pages", tmp_path / "again")
    assert found.texts == list(lines_of(truth))
    assert found.reasons == first.reasons
    assert distance(found, lines_of(truth)) <= 2.5


def test_label_txt_is_as_its_loader_wants_it(tmp_path: Path) -> None:
    """It parts a row at tabs, replaces true, false and null in all of it, and evaluates that."""
    source = laid_out("cvat", tmp_path / "in")
    text = (source / "annotations.xml").read_text(encoding="utf-8")
    text = text.replace("Nguyễn Thị Ẩn", "x").replace("THẺ KHO", "true\tnull \\ 'false'")
    text = text.replace("Ngày 03/08/2011", '"true"')
    (source / "annotations.xml").write_text(text, encoding="utf-8")
    exported(source, tmp_path / "p", "ppocrlabel")
    (row,) = (tmp_path / "p" / "Label.txt").read_text(encoding="utf-8").splitlines()
    name, boxes = row.split("\t")
    for word, literal in (("false", "False"), ("true", "True"), ("null", "None")):
        boxes = boxes.replace(word, literal)
    loaded = ast.literal_eval(boxes)
    assert name == "p/trang 1.jpg"
    texts = [box["transcription"] for box in loaded]
    assert texts[9] == "true null \\ 'false'" and texts[11] == '"true"'  # a box is two rows
    assert {type(value) for box in loaded for point in box["points"] for value in point} == {int}
    assert not any(box["difficult"] for box in loaded)
    assert (tmp_path / "p" / "fileState.txt").read_text(encoding="utf-8") == "p/trang 1.jpg\t1\n"


def test_an_export_needs_a_free_folder(tmp_path: Path) -> None:
    source = laid_out("cvat", tmp_path / "in")
    first = imported(source, tmp_path / "first")
    with pytest.raises(UserError, match="not empty"):
        export(first.output, source, "ppocrlabel", lambda n: None)
