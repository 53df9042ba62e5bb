"""The published model as it lies in this repository: whole, small enough, and the default."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont

from ppocr_ext.checksums import sha256_of
from ppocr_ext.config import load_config
from ppocr_ext.config.files import missing_files
from ppocr_ext.infer import Recognizer
from ppocr_ext.publishing.publish import LARGEST
from ppocr_ext.runtime import PUBLISHED

pytestmark = pytest.mark.smoke

STEP = 8  # pixels of a line that one step of the network sees


def test_the_files_are_those_of_the_card() -> None:
    card = (PUBLISHED / "README.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `([\w./]+)` \| ([\d,]+) \| (\w{64}) \|$", card, re.MULTILINE)
    assert {"inference/inference.pdiparams", "inference/inference.onnx"} <= {
        name for name, *_ in told
    }
    for name, size, digest in told:
        assert (PUBLISHED / name).stat().st_size == int(size.replace(",", ""))
        assert sha256_of(PUBLISHED / name) == digest
    assert sum(path.stat().st_size for path in (PUBLISHED / "inference").iterdir()) <= LARGEST
    assert not list(PUBLISHED.rglob("*.pdopt"))


def test_it_reads_when_no_model_is_named(run_tool, line_set: Path, tmp_path: Path) -> None:
    before = set(PUBLISHED.rglob("*"))
    output = tmp_path / "read.txt"
    result = run_tool("infer_rec.py", "--images", line_set, "--output", output)
    assert result.code == 0, result.err
    read = [row.split("\t")[1] for row in output.read_text(encoding="utf-8").splitlines()]
    truths = [row.split("\t")[1] for row in line_set.read_text(encoding="utf-8").splitlines()]
    assert sum(map(str.__eq__, read, truths)) >= 5
    assert set(PUBLISHED.rglob("*")) == before


def test_narrow_letters_are_read_in_a_second_look() -> None:
    text = "Số tiền 1.000.000.000 đồng, phạt 300.000.000 đồng"
    font = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), 30)
    line = Image.new("RGB", (int(font.getlength(text)) + 16, 48), "white")
    ImageDraw.Draw(line).text((8, 4), text, fill="black", font=font)
    narrow = np.asarray(line.resize((round(1.2 * STEP * len(text)), 48)))
    assert Recognizer(threads=1).read([narrow])[0].text == text
    assert Recognizer(threads=1, reread=False).read([narrow])[0].text != text


def test_without_anything_named_ten_sample_lines_are_read(run_tool, tmp_path: Path) -> None:
    before = set(PUBLISHED.rglob("*"))
    result = run_tool("infer_rec.py", "--engine", "onnxruntime", cwd=tmp_path)
    assert result.code == 0, result.err
    labels = (PUBLISHED / "samples" / "labels.txt").read_text(encoding="utf-8").splitlines()
    truths = [row.split("\t")[1] for row in labels]
    rows = (tmp_path / "predicts_rec.txt").read_text(encoding="utf-8").splitlines()
    assert len(rows) == len(truths) == 10
    assert sum(row.split("\t")[1] == truth for row, truth in zip(rows, truths, strict=True)) >= 8
    assert "read 10 images" in result.out and "acc: " in result.out
    assert set(PUBLISHED.rglob("*")) == before


def test_fine_tuning_starts_from_it(monkeypatch: pytest.MonkeyPatch, repository: Path) -> None:
    monkeypatch.chdir(repository)
    for name in ("rec_quick.yml", "rec_finetune.yml", "rec_huge.yml", "rec_vi.yml"):
        config = load_config(repository / "configs" / name).tree
        assert Path(config["Global"]["pretrained_model"]).resolve() == PUBLISHED
        assert missing_files(config, ("weights",)) == []
