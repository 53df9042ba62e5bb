"""The generated table of dicts/README.md."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.runtime import REPOSITORY
from ppocr_ext.text import Charset, compare
from ppocr_ext.text.compare import BEGIN, END, HEADING, Coverage, Source, find, load, measure, row


def test_measure_counts_letters_and_names_what_is_missing() -> None:
    everything_but = [chr(code) for code in range(0x21, 0x7F) if chr(code) not in "7|f"]
    coverage = measure(Charset.from_characters([*everything_but, "ế", "Đ", "ü"]))
    assert coverage == Coverage(lines=94, letters=2, missing="7f|")


def test_a_row_groups_what_is_missing() -> None:
    assert row("d", "p", Coverage(3, 2, "")) == ["d", "p", "3", "2", "nothing"]
    coverage = Coverage(3, 2, "0123456789a|")
    assert row("d", "p", coverage) == ["d", "p", "3", "2", "all 10 digits, `` \\| ``, `` a ``"]


def test_finds_files_of_installed_packages_only() -> None:
    assert find(Source("x", "no_such_package_at_all", "a.txt")) is None
    assert find(Source("x", "ppocr_ext", "no_such_file.txt")) is None
    assert find(Source("x", "ppocr_ext", "text/compare.py")) == Path(compare.__file__)


def test_reads_the_characters_in_an_onnx_model(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    model = onnx.helper.make_model(onnx.helper.make_graph([], "empty", [], []))
    onnx.helper.set_model_props(model, {"character": "a\nế\n|"})
    onnx.save(model, str(tmp_path / "model.onnx"))
    assert load(tmp_path / "model.onnx").characters == ("a", "ế", "|")


def test_rewrites_between_the_markers_and_keeps_rows_of_absent_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent, present = Source("old", "not_installed", "x"), Source("new", "ppocr_ext", "y")
    shipped = tmp_path / "shipped.txt"
    shipped.write_text("a\n", encoding="utf-8")
    own = tmp_path / "own.txt"
    own.write_text("ế\n", encoding="utf-8")
    monkeypatch.setattr(compare, "SOURCES", (absent, present))
    monkeypatch.setattr(compare, "find", lambda source: shipped if source is present else None)
    kept = "| old | not_installed | 9 | 9 | nothing |"
    page = f"before\n{BEGIN}\n{kept}\n| new | ppocr_ext | stale |\n{END}\nafter\n"

    heading = f"| {' | '.join(HEADING)} |\n|---|---|---:|---:|---|"
    new, missing = compare.rewrite(page, own)

    assert missing == [absent]
    assert new.startswith(f"before\n{BEGIN}\n{heading}\n{kept}\n| new | ppocr_ext | 1 | 0 |")
    assert "| **own** | this workspace | 1 | 1 |" in new and "stale" not in new
    assert new.endswith(f"{END}\nafter\n")
    assert compare.rewrite(new, own)[0] == new


def test_a_page_without_markers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no place"):
        compare.rewrite("# Dictionaries\n", tmp_path / "own.txt")


def test_the_committed_table_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ppocr_ext.text.compare", "--check"],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        capture_output=True,
        encoding="cp1252",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_stale_table_is_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(REPOSITORY / "dicts", tmp_path / "dicts")
    page = tmp_path / "dicts" / "README.md"
    good = page.read_text(encoding="utf-8")
    page.write_text(good.replace(END, f"x\n{END}"), encoding="utf-8")
    monkeypatch.setattr(compare, "REPOSITORY", tmp_path)
    assert [compare.main(["--check"]), compare.main([]), compare.main(["--check"])] == [1, 0, 0]
    assert page.read_text(encoding="utf-8") == good
