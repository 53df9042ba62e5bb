from __future__ import annotations

from pathlib import Path

import pytest

from ppocr_ext.workspace import suite


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The command lines that were run; those that name mypy fail."""
    seen: list[list[str]] = []

    def run(command: list[object]) -> int:
        seen.append([str(part) for part in command])
        return 3 if "mypy" in seen[-1] else 0

    monkeypatch.setattr(suite, "run_child", run)
    return seen


def test_everything_runs_and_the_failing_check_is_named(
    runs: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert suite.run_suite(Path("python")) == 1
    assert [command[2] for command in runs] == ["ruff", "ruff", "mypy", "pytest"]
    assert runs[-1] == ["python", "-m", "pytest", "-n", str(min(suite.usable_processors(), 4))]
    assert capsys.readouterr().out.endswith("-- pytest\nfailed: mypy\n")


def test_nothing_follows_pytests_closing_line(
    runs: list[list[str]], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(suite.CHECKS, "mypy")
    assert suite.run_suite(Path("python")) == 0
    assert capsys.readouterr().out.endswith("-- pytest\n")
