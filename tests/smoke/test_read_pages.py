"""``tools/read_pages.py`` as people run it: a folder, a kill, other consoles, several processes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import paper
import pytest
from PIL import Image

from ppocr_ext.pages.job import JOURNAL
from ppocr_ext.runtime import REPOSITORY

pytestmark = pytest.mark.smoke
GOLDEN = "\n".join(paper.LETTER[:2]) + "\n"
EXACT = ("--engine", "onnxruntime", "--threads", "1")


@pytest.fixture
def scans(vietnamese_path: Path) -> Path:
    """A folder: a PDF of six pages, one of them blank, a photograph on its head, junk."""
    folder = vietnamese_path / "bản quét"
    folder.mkdir()
    page, blank = paper.page(paper.LETTER[:2], (1000, 400)), np.full((400, 1000, 3), 255, np.uint8)
    paper.pdf([page, page, page, blank, page, page], folder / "đơn 2.pdf")
    Image.fromarray(page[::-1, ::-1]).save(folder / "đơn 10.png")
    (folder / "hỏng.pdf").write_bytes(b"%PDF-1.7 ")
    (folder / "ghi chú.docx").write_bytes(b"x")
    return folder


WHOLE = "\f".join([GOLDEN] * 3 + [""] + [GOLDEN] * 2)


def test_a_folder_and_what_is_wrong_in_it(run_tool, scans: Path) -> None:
    forms = ("--json", "--hocr", "--alto", "--overlay", "--label", "--crops")
    done = run_tool("read_pages.py", scans, *forms, *EXACT, env={"PYTHONIOENCODING": "cp1252"})
    assert done.code == 3 and "Traceback" not in done.err, done.err
    assert (scans / "read" / "đơn 2.txt").read_text(encoding="utf-8") == WHOLE
    assert (scans / "read" / "đơn 10.txt").read_text(encoding="utf-8") == GOLDEN
    (page,) = json.loads((scans / "read" / "đơn 10.json").read_text(encoding="utf-8"))["pages"]
    assert page["turn"] == 180 and page["width"] == 1000
    written = [path.name for path in (scans / "read").iterdir() if path.name[0] != "."]
    assert {"đơn 10.hocr", "đơn 10.alto.xml", "đơn 10.overlay.jpg", "label"} <= set(written)
    assert (scans / "read" / "label" / "rec_gt.txt").read_text("utf-8").count("\n") == 12
    assert (scans / "read" / "label" / "Label.txt").read_text("utf-8").count("\n") == 6
    assert "2 of 8 pages could not be read" in done.out
    assert "damaged, without pages, or not a PDF" in done.out and "no text found" in done.out
    again = run_tool("read_pages.py", scans / "đơn 2.pdf", *EXACT, "--pages", "1")
    assert again.code == 0, again.err  # its own output is replaced
    (scans / "read" / "đơn 2.txt").write_text("sửa tay\n", encoding="utf-8")
    refused = run_tool("read_pages.py", scans / "đơn 2.pdf", *EXACT)
    assert refused.code == 2 and "would be replaced" in refused.err
    assert (scans / "read" / "đơn 2.txt").read_text(encoding="utf-8") == "sửa tay\n"


def test_a_kill_and_a_resume_by_two_workers(run_tool, scans: Path, tmp_path: Path) -> None:
    output = tmp_path / "chữ"
    words = [str(REPOSITORY / "tools" / "read_pages.py"), str(scans), "--output", str(output)]
    running = subprocess.Popen([sys.executable, *words, *EXACT], stdout=subprocess.DEVNULL)
    part, began = output / f"{JOURNAL}.part", time.monotonic()
    while not (part.is_file() and part.read_bytes().count(b"\n") >= 2):
        assert running.poll() is None and time.monotonic() - began < 120
        time.sleep(0.05)
    running.kill()
    running.wait()
    kept = part.read_bytes().count(b"\n")
    done = run_tool("read_pages.py", *words[1:], *EXACT, "--resume", "--workers", "2")
    assert done.code == 3, done.err
    read = re.search(r"read (\d) pages", done.out)
    assert read and 8 - kept - 2 <= int(read[1]) <= 8 - kept  # two of the eight are unreadable
    assert (output / "đơn 2.txt").read_text(encoding="utf-8") == WHOLE
    assert (output / "đơn 10.txt").read_text(encoding="utf-8") == GOLDEN
    assert not part.exists()


RECIPES = (REPOSITORY / "tools" / "README.md").read_text(encoding="utf-8")


def run_here(*words: object) -> subprocess.CompletedProcess[str]:
    """In the repository, as the recipes are written."""
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def test_rapidocr_reads_a_page_with_this_model(vietnamese_path: Path) -> None:
    page = vietnamese_path / "trang.png"
    Image.fromarray(paper.page(paper.LETTER[:2], (1000, 400))).save(page)
    (recipe,) = re.findall(r"```python\n(from rapidocr .*?)```", RECIPES, re.DOTALL)
    done = run_here("-c", recipe.replace('"page.png"', repr(str(page))))
    assert done.returncode == 0 and done.stdout.endswith(GOLDEN), done.stderr


def test_ocrmypdf_replaces_a_text_that_lies(vietnamese_path: Path) -> None:
    """The second of its recipes; tests/unit/pages/test_searchable.py runs the first."""
    pikepdf = pytest.importorskip("pikepdf", reason="OCRmyPDF 17 needs Python 3.11")
    wrong, out = vietnamese_path / "sai.pdf", vietnamese_path / "đúng.pdf"
    paper.pdf([paper.page(paper.LETTER[:2], (1000, 400))], wrong)
    with pikepdf.open(wrong, allow_overwriting_input=True) as document:
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        document.pages[0].Resources.Font = pikepdf.Dictionary(F1=font)
        document.pages[0].contents_add(b"BT 3 Tr /F1 12 Tf 20 90 Td (VAN BAN) Tj ET")
        document.save()
    (words,) = re.findall(r"\nocrmypdf (.* --redo-ocr .*) wrong\.pdf out\.pdf\n", RECIPES)
    done = run_here("-m", "ocrmypdf", *words.split(), wrong, out)
    assert done.returncode == 0, done.stderr
    import pypdfium2

    with pypdfium2.PdfDocument(out) as document:
        text = document[0].get_textpage().get_text_range()
    assert " ".join(text.split()) == " ".join(GOLDEN.split())
