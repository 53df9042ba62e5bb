"""Where a tool writes when no output is named: below the current folder, never into the published
model."""

from __future__ import annotations

import shutil
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn
from unittest.mock import MagicMock

import pytest
from toy import make

from ppocr_ext.runtime import PUBLISHED, REPOSITORY


@pytest.fixture
def here(vietnamese_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(vietnamese_path)
    return vietnamese_path


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def run(tool: str, *words: object) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [f"tools/{tool}.py", *map(str, words)])
        return import_module(f"ppocr_ext.cli.{tool}").main()


class Target(Exception):
    """What would be written, and the label files it is scored on."""


def test_a_model_is_published_beside_its_run(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ppocr_ext.publishing import publish
    from ppocr_ext.synth import dataset

    def stop(model: Any, target: Path, parts: dict[str, Path], *_: Any, **__: Any) -> NoReturn:
        raise Target(target, parts.get("test_clean"))

    drawn: list[Path] = []
    monkeypatch.setattr(publish, "publish", stop)
    monkeypatch.setattr(dataset, "write_dataset", lambda _, __, folder, **___: drawn.append(folder))
    (here / "output" / "my_rec").mkdir(parents=True)
    (here / "output" / "my_rec" / "latest.pdparams").write_bytes(b"weights, never read")
    (here / "output" / "my_rec" / "train.log").write_text("", encoding="utf-8")
    with pytest.raises(Target) as found:
        run("publish_model")
    tests = Path("output/data/test_clean")
    assert found.value.args == (Path("output/my_rec_published"), tests / "test.txt")
    assert tests in drawn and not any(each.is_absolute() for each in drawn)
    with pytest.raises(Target) as found:
        run("publish_model", "--no-test", "--output", PUBLISHED)
    assert found.value.args == (PUBLISHED, None)


def test_a_bare_check_writes_where_it_is_typed(here: Path) -> None:
    make(here)
    ours = REPOSITORY / "output" / "data_check"
    before = files(ours)
    run("check_data", "-c", "toy.yml", "--look", "nothing")
    run("check_data", "-c", "toy.yml", "--look", "nothing")  # replaces what it wrote
    assert {path.name for path in files(here / "output" / "data_check")} >= {"report.txt"}
    assert files(ours) == before


def test_a_published_model_is_reported_elsewhere(here: Path) -> None:
    before = files(PUBLISHED)
    for model in (PUBLISHED, PUBLISHED / "best_accuracy.pdparams"):
        assert run("report_card", model, "--journal") == 0
    written = here / "output" / f"{PUBLISHED.name}.report"
    assert {"report_card.md", "journal.md", ".report_card.memory.json"} <= {
        path.name for path in files(written)
    }
    assert files(PUBLISHED) == before
    copied = here / "published"
    shutil.copytree(PUBLISHED, copied)
    there = files(copied).keys()
    assert run("report_card", copied, "--output", copied) == 0
    assert files(copied).keys() == there  # no memory of what was read


def test_a_published_model_is_exported_and_counted_elsewhere(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ppocr_ext.export import export, trained
    from ppocr_ext.infer import defaults

    def stop(target: Path) -> NoReturn:
        raise Target(target)

    monkeypatch.setattr(trained, "load_trained", lambda *_, **__: MagicMock(config=None))
    monkeypatch.setattr(export, "export_model", lambda _, folder, __: stop(folder))
    monkeypatch.setattr(defaults, "images_and_output", lambda _, __, output, *___: stop(output))
    for tool, place in {
        "export_model": f"{PUBLISHED.name}.export/inference",
        "language_model": f"{PUBLISHED.name}.language/language_vi.json.gz",
    }.items():
        with pytest.raises(Target) as found:
            run(tool, "--model", PUBLISHED)
        assert found.value.args == (Path("output", place),)


@pytest.mark.parametrize("suffix", ["", ".pdparams", ".dict.txt", ".json"])
def test_base_weights_are_named_by_their_prefix_or_one_of_their_files(
    here: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    from ppocr_ext.models import base

    jobs: list[base.BaseWeightsJob] = []
    monkeypatch.setattr(base, "make_base_weights", lambda job, force: jobs.append(job))
    run("base_weights", "--output", f"bw.v2{suffix}")
    assert [job.prefix for job in jobs] == [Path("bw.v2")]
