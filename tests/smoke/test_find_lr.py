"""``tools/train.py --find-lr``: a suggestion and a picture; the run does not notice."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import toy
from PIL import Image

pytestmark = pytest.mark.smoke


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_rate_is_suggested_and_nothing_else_changes(
    vietnamese_path: Path, run_tool: Callable
) -> None:
    path = toy.make(vietnamese_path)
    run = vietnamese_path / "run"
    first = run_tool("train.py", "-c", path, "--find-lr", "40")
    assert first.code == 0, first.err
    assert [file.name for file in run.iterdir()] == ["lr_finder.png"]
    with Image.open(run / "lr_finder.png") as picture:
        picture.verify()
    assert 1e-6 < float(re.search(r"learning_rate=(\S+)", first.out)[1]) < 0.1

    toy.train(path)
    before = digests(run)
    again = run_tool("train.py", "-c", path, "--find-lr", "40")
    assert again.code == 0, again.err
    assert again.out == first.out
    assert digests(run) == before  # and the same picture
