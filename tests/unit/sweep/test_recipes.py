"""Recipes trained once each and compared on the same lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ppocr_ext.config import dump_yaml
from ppocr_ext.sweep.recipes import Trial, run_trial, table

TRUTHS = ["Việt", "tiếng", "số", "bảy"]


class Bench:
    """Runs that a fake trainer and reader make."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.labels = folder / "val.txt"
        self.labels.write_text(
            "".join(f"{i}.png\t{text}\n" for i, text in enumerate(TRUTHS)), encoding="utf-8"
        )
        self.trained: list[tuple[str, bool]] = []
        self.readings: dict[str, list[str]] = {}

    def recipe(self, name: str, readings: list[str]) -> Path:
        self.readings[name] = readings
        path = self.folder / f"{name}.yml"
        run = (self.folder / "runs" / name).as_posix()
        head = {"name": "MultiHead", "head_list": [{"CTCHead": {"Neck": {"name": "reshape"}}}]}
        tree = {"Global": {"save_model_dir": run}, "Architecture": {"Head": head}}
        path.write_text(dump_yaml(tree), encoding="utf-8")
        return path

    def train(self, config: Path, overrides: Sequence[str], go_on: bool) -> None:
        self.trained.append((config.stem, go_on))
        run = self.folder / "runs" / config.stem
        run.mkdir(parents=True, exist_ok=True)
        (run / "latest.json").write_text("{}", encoding="utf-8")

    def read(self, run: Path, labels: Path, output: Path) -> None:
        rows = [f"{i}.png\t{text}\t0.5\n" for i, text in enumerate(self.readings[run.name])]
        output.write_text("".join(rows), encoding="utf-8")

    def run(self, recipe: Path) -> Trial:
        return run_trial(recipe, self.labels, [], self.train, self.read)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_the_table_compares_with_the_first(bench: Bench) -> None:
    plain = bench.run(bench.recipe("plain", ["Việt", "tiềng", "số", "bày"]))
    better = bench.run(bench.recipe("better", ["Việt", "tiếng", "số", "bảy"]))
    rows = table([plain, better], bench.labels).splitlines()[-2:]
    assert rows[0].startswith("| plain | 0.5000 (") and " |  | " in rows[0]
    assert rows[1].startswith("| better | 1.0000 (1.0000 to 1.0000) | +0.5000 (+")
    assert plain.evaluation.scores["tone_errors"] == pytest.approx(2 / 7)


def test_a_finished_run_is_not_trained_again_and_an_interrupted_one_goes_on(bench: Bench) -> None:
    done, broken = bench.recipe("done", TRUTHS), bench.recipe("broken", TRUTHS)
    bench.run(done)
    bench.train(broken, [], False)  # and killed before the end
    bench.trained.clear()
    bench.run(done)
    bench.run(broken)
    assert bench.trained == [("broken", True)]
