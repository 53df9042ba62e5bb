"""Every command that the product prints as a cure is typed, and cures."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from cures import (
    rows_data,
    rows_import,
    rows_label,
    rows_pages,
    rows_read,
    rows_train,
    rows_workspace,
)
from cures.bench import Bench, commands
from cures.places import places
from cures.table import Cure, execute

from ppocr_ext.console import command_line, tool_command, typed_here, way_to
from ppocr_ext.runtime import REPOSITORY

ROWS = [
    *(*rows_train.ROWS, *rows_read.ROWS, *rows_data.ROWS),
    *(*rows_import.ROWS, *rows_label.ROWS, *rows_pages.ROWS, *rows_workspace.ROWS),
]
# Typed by tests that were there before this table.
ELSEWHERE = {
    "ppocr_ext/checksums.py:_copy_command": (
        "tests/unit/test_checksums.py::test_the_cure_copies_a_good_file"
    ),
    "ppocr_ext/checksums.py:restore_from_git": (
        "tests/unit/test_checksums.py::test_the_cure_restores_a_tracked_file"
    ),
    **dict.fromkeys(
        ("ppocr_ext/cli/options.py:make_parser", "tools/workspace.py:"),
        "tests/unit/tools/test_help.py"
        "::test_help_is_short_and_ends_with_examples_that_are_understood",
    ),
    "ppocr_ext/config/schema/__init__.py:Config.command": (
        "tests/unit/config/test_command.py::test_a_config_knows_what_names_it_on_a_command_line"
    ),
    "ppocr_ext/outputs.py:check_beside": (
        "tests/unit/tools/test_outputs.py"
        "::test_a_file_beside_an_output_is_replaced_only_as_it_was_written"
    ),
}
# What no test can type here, and why.
NOT_TYPED = {
    "ppocr_ext/appended.py:Log._require_own": "a server; tests/unit/test_appended.py provokes it",
    "ppocr_ext/labelling/facts.py:facts": "what improve is; tests/unit/labelling shows it",
    **dict.fromkeys(
        (f"ppocr_ext/workspace/improve.py:{name}" for name in ("improve.tool", "report")),
        "trains for minutes; tests/unit/workspace/test_improve.py takes each step",
    ),
    "ppocr_ext/workspace/improve.py:label_files": "starts a server; test_improve.py provokes it",
    **dict.fromkeys(
        ("ppocr_ext/workspace/improve.py:_keep_more", "ppocr_ext/importing/run.py:_cure"),
        "starts a server; test_improve.py and tests/unit/importing read it",
    ),
    "ppocr_ext/models/weights.py:read_lifted": "a NAME to fill in; test_lift.py reads it",
    "ppocr_ext/locks.py:Lock._write": "says what another process runs; nobody types it",
    "ppocr_ext/importing/tables.py:_parquet": "pip, 54 MB; tests/unit/importing reads it",
    "ppocr_ext/narrow.py:_ascii_folder": "Windows; tests/unit/test_narrow.py reads it",
    "ppocr_ext/workspace/doctor.py:check_long_paths": "Windows, as administrator",
    "ppocr_ext/workspace/environment.py:_create": "apt, as root",
}


@pytest.mark.parametrize("cure", ROWS, ids=lambda cure: cure.name)
def test_the_cure_cures(
    cure: Cure, vietnamese_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    bench = Bench(vietnamese_path, monkeypatch, capsys)
    with bench.at_end:
        execute(cure, bench)


def test_no_cure_is_missing() -> None:
    rows = [place for cure in ROWS for place in cure.places]
    known = {*rows, *ELSEWHERE, *NOT_TYPED}
    assert len(rows) == len(set(rows)) and not {*rows} & {*ELSEWHERE, *NOT_TYPED}
    assert sorted(places() - known) == [], "prints a command that no row of the table types"
    assert sorted(known - places()) == [], "is in the table, and prints no command"
    for name in ELSEWHERE.values():
        path, _, function = name.partition("::")
        tree = ast.parse((REPOSITORY / path).read_text(encoding="utf-8"))
        assert function in {getattr(node, "name", "") for node in tree.body}, name


def test_a_tool_is_named_as_it_is_typed_here(
    vietnamese_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = (REPOSITORY / "tools" / "eval.py").as_posix()
    for folder, tool in ((REPOSITORY, "tools/eval.py"), (vietnamese_path, whole)):
        monkeypatch.chdir(folder)
        assert tool_command("eval.py", "--labels", "a b") == command_line(
            ["python", tool, "--labels", "a b"]
        )
        assert typed_here("python tools/eval.py --labels 'a b'") == (
            command_line(["python", tool]) + " --labels 'a b'"
        )
        assert typed_here("make lines") == "make lines"
    assert commands(way_to("dicts/vi_dict.txt")) and not way_to("dicts/none.txt")
