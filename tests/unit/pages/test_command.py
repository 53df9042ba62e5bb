"""``read_pages.py`` in this process: a PDF's own text, what is missing, what is named how."""

from __future__ import annotations

import importlib.util
import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import paper
import pytest
from PIL import Image

from ppocr_ext.cli import read_pages
from ppocr_ext.errors import UserError

EXACT = ["--engine", "onnxruntime", "--threads", "1"]


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_the_text_of_a_pdf_is_taken_where_it_can_be_believed(vietnamese_path: Path) -> None:
    """½ is not in the dictionary: who writes it did not read it. A layer without marks lies."""
    fpdf = pytest.importorskip("fpdf", reason="comes with OCRmyPDF")
    lines = ["Điểm bài kiểm tra giữa kỳ của lớp: 7½ điểm.", *paper.LETTER[1:]]
    document = fpdf.FPDF(unit="pt", format=(595, 842))
    document.add_font("own", fname=paper.font(10).path)
    document.set_font("own", size=17)
    document.add_page()
    for number, line in enumerate(lines):
        document.text(48, 90 + 40 * number, line)
    document.add_page()
    scan = paper.page(size=(1240, 1754))
    document.image(Image.fromarray(scan), 0, 0, 595, 842)
    with document.local_context(text_mode=3):  # invisible, as another reader wrote it
        for number in range(len(lines)):
            document.text(48, 65 + 33 * number, "Cong hoa xa hoi chu nghia Viet Nam, doc lap")
    document.output(str(vietnamese_path / "đơn.pdf"))
    path = [str(vietnamese_path / "đơn.pdf")]
    assert read_pages.main([*path, *EXACT, "--dpi", "120", "--text-layer", "auto"]) == 0
    first, second = text_of(vietnamese_path / "read" / "đơn.txt").split("\f")
    assert first == "\n".join(lines) + "\n"
    assert second == "\n".join(paper.LETTER) + "\n"
    assert read_pages.main([*path, *EXACT, "--dpi", "120", "--pages", "1"]) == 0
    read = text_of(vietnamese_path / "read" / "đơn.txt")
    assert "½" not in read and read.splitlines()[1:] == lines[1:]


def test_paths_from_another_program_in_natural_order(
    vietnamese_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (10, 2):
        image = paper.page([paper.LETTER[number // 10]], (1000, 200))
        Image.fromarray(image).save(vietnamese_path / f"trang {number}.png")
    named = "".join(f"{vietnamese_path / f'trang {number}.png'}\n" for number in (10, 2))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(named.encode())))
    assert read_pages.main(["-", *EXACT, "--json", "--output", str(vietnamese_path / "ra")]) == 0
    assert text_of(vietnamese_path / "ra" / "trang 10.txt") == paper.LETTER[1] + "\n"
    pattern = str(vietnamese_path / "*.png")
    assert read_pages.main([pattern, "--join", *EXACT]) == 0
    whole = text_of(vietnamese_path / "read" / "trang 2.txt")
    assert whole == f"{paper.LETTER[0]}\n\f{paper.LETTER[1]}\n"


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("rapidocr", ["a.png"]),
        ("pypdfium2", ["a.pdf"]),
        ("pillow_heif", ["a.heic"]),
        ("ocrmypdf", ["a.png", "--pdf"]),
    ],
)
def test_a_light_install_names_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str, words: list[str]
) -> None:
    if missing == "ocrmypdf":
        pytest.importorskip("ocrmypdf")
    monkeypatch.chdir(tmp_path)
    Image.new("L", (9, 9)).save("a.png")
    for name in ("a.pdf", "a.heic"):
        Path(name).write_bytes(b"%PDF-" if name == "a.pdf" else b"x")
    found = importlib.util.find_spec

    def find(name: str, *more: Any) -> Any:
        return None if name == missing else found(name, *more)

    monkeypatch.setattr("ppocr_ext.packages.find_spec", find)
    with pytest.raises(UserError, match=f"the package {missing} is not installed") as error:
        read_pages.main([*words, *EXACT])
    assert error.value.cure
    assert sorted(os.listdir()) == ["a.heic", "a.pdf", "a.png"]  # nothing was started


def test_what_cannot_be_written_is_said_before_the_work(
    vietnamese_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*given: Any) -> None:
        raise AssertionError("read before the outputs were looked at")

    monkeypatch.setattr("ppocr_ext.pages.job.PageReader", never)
    monkeypatch.chdir(vietnamese_path)
    blank = Image.fromarray(np.full((40, 60), 255, np.uint8))
    for name in ("a.png", "a_1.png"):
        blank.save(name)
    paper.pdf([np.full((40, 60, 3), 255, np.uint8)] * 2, Path("a.pdf"))

    def refused(*words: str) -> str:
        with pytest.raises(UserError) as error:
            read_pages.main([*words, *EXACT])
        return str(error.value)

    assert "would be written twice" in refused("a.pdf", "a_1.png", "--overlay")
    Path("read").write_text("mine", encoding="utf-8")
    assert "read is not a folder" in refused("a.png")
    Path("read").unlink()
    Path("read/a.txt").mkdir(parents=True)
    assert "a.txt is a folder" in refused("a.png")
    Path("read/a.txt").rmdir()
    Path("read/a.txt").write_text("mine", encoding="utf-8")
    assert "would be replaced" in refused("a.png")
    assert Path("read/a.txt").read_text(encoding="utf-8") == "mine"
    assert "no name: there is no such file" in refused("")
    assert "is read by this command" in refused("a.pdf", "--output", ".", "--pdf")
