"""Files beside an output, and the records by which they are known again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ppocr_ext import outputs
from ppocr_ext.errors import UserError


@pytest.mark.parametrize("kind", ["folder", "own text", "link to nothing"])
def test_the_place_of_a_record_is_looked_at_before_the_work(tmp_path: Path, kind: str) -> None:
    beside, record = tmp_path / "b.errors.txt", tmp_path / ".b.errors.txt.sha256"
    if kind == "folder":
        record.mkdir()
    elif kind == "own text":
        record.write_text("mine", encoding="utf-8")
    elif os.name == "nt":
        pytest.skip("links of POSIX")
    else:
        record.symlink_to(tmp_path / "nothing")
    with pytest.raises(UserError, match="would be replaced") as refused:
        outputs.check_beside([beside])
    assert refused.value.found.startswith(f"{record} ")
    record.rename(tmp_path / ".b.errors.txt_2.sha256")
    outputs.check_beside([beside])
    beside.write_text("written", encoding="utf-8")
    outputs.remember([beside])
    outputs.check_beside([beside])


@pytest.mark.skipif(os.name == "nt", reason="lengths of POSIX names")
def test_a_record_whose_name_would_be_too_long_is_an_error_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="too long"):
        outputs.check_beside([tmp_path / ("b" * 240 + ".errors.txt")])
    with pytest.raises(OSError, match="too long"):  # while it is written, in a folder to be made
        outputs.check_beside([tmp_path / "new" / ("b" * 240 + ".txt")])
    outputs.check_beside([tmp_path / "new" / ("b" * 220 + ".txt")])


def test_a_free_name_beside_a_folder_that_has_none(
    vietnamese_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (vietnamese_path / "con").mkdir()
    monkeypatch.chdir(vietnamese_path / "con")
    free = vietnamese_path.with_name(f"{vietnamese_path.name}_2")
    assert outputs.other_name(Path("..")) == free
    assert outputs.other_name(Path()) == vietnamese_path / "con_2"
    assert outputs.other_name(Path("/")) == Path("/").resolve()
