from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ppocr_ext.checkpoint import CheckpointStore
from ppocr_ext.workspace import quickstart
from ppocr_ext.workspace.quickstart import run_quickstart, steps

PYTHON = Path("python")
LINES = ["quyết định", "Số: 15/2024", "Nguyễn Thị Ánh", "₫ 120.000", "hết"]


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


class Project:
    """Stands in for the tools: each leaves the files that the real one leaves."""

    def __init__(self, root: Path) -> None:
        self.root, self.ran = root, list[str]()
        self.trains_to, self.fails_in, self.leaves_lines_unread = 170, "", False
        put(root / "configs/rec_quick.yml", "Global:\n  max_steps: 170\n")
        put(root / "output/vi_PP-OCRv6_small_rec/inference/inference.onnx", "")

    def run(self, command: list[object]) -> int:
        tool = Path(str(command[1])).stem
        self.ran.append(" ".join(str(part) for part in command[1:]))
        if tool == self.fails_in:
            return 5
        getattr(self, tool)()
        return 3 if tool == "infer_rec" and self.leaves_lines_unread else 0

    def make_data(self) -> None:
        rows = [f"images/{i}.jpg\t{text}\n" for i, text in enumerate(LINES)]
        folder = self.root / "output/data" / self.ran[-1].split()[-1]
        put(folder / ("test.txt" if folder.name == "test_clean" else "val.txt"), "".join(rows))
        put(folder / "manifest.json", "{}")

    def train(self) -> None:
        run = self.root / "output/rec_quick"
        CheckpointStore(run).save(
            ("latest", "best_accuracy"),
            {"pdparams": lambda path: put(path, "")},
            {"train": {"global_step": self.trains_to, "seconds": 270.0}},
            global_step=self.trains_to,
            epoch=1,
        )
        scores = {"norm_edit_dis": 0.5, "cer": 0.25, "unaccented_acc": 0.5, "n": 5.0}
        records = [
            {"kind": "event", "name": "start"},
            {"kind": "eval", "acc": 0.125, "is_best": True, **scores},
            {"kind": "train", "acc": 1.0},
            {"kind": "eval", "acc": 0.875, "is_best": True, **scores},
            {"kind": "eval", "acc": 0.75, "is_best": False, **scores},
        ]
        put(run / "metrics.jsonl", "".join(json.dumps(record) + "\n" for record in records))

    def infer_rec(self) -> None:
        read = [text.replace("Ánh", "Anh") for text in LINES]
        rows = [f"images/{i}.jpg\t{text}\t0.9\n" for i, text in enumerate(read)]
        folder = "first_read" if "--output" in self.ran[-1] else "rec_quick"
        put(self.root / "output" / folder / "predicts_rec.txt", "".join(rows))

    def report_card(self) -> None:
        put(self.root / "output/rec_quick/report_card.md", "")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = Project(tmp_path)
    monkeypatch.setattr(quickstart, "REPOSITORY", tmp_path)
    monkeypatch.setattr(quickstart, "steps", lambda: steps(tmp_path))
    monkeypatch.setattr(quickstart, "run_child", made.run)
    return made


TRAIN = "tools/train.py -c configs/rec_quick.yml"
ALL = [
    "tools/make_data.py --preset test_clean",
    "tools/infer_rec.py --images output/data/test_clean/test.txt"
    " --output output/first_read/predicts_rec.txt --sheet output/first_read/reads.png",
    "tools/make_data.py --preset quick",
    TRAIN,
    "tools/infer_rec.py --model output/rec_quick --sheet output/rec_quick/reads.png",
    "tools/report_card.py output/rec_quick",
]


def test_every_step_runs_once(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_quickstart(PYTHON) == 0
    assert project.ran == ALL
    project.ran.clear()
    capsys.readouterr()
    assert run_quickstart(PYTHON) == 0
    assert project.ran == []
    assert capsys.readouterr().out.count("already done") == len(ALL)


def test_summary(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    run_quickstart(PYTHON)
    told = capsys.readouterr().out
    assert "training took 4.5" in told
    assert "5 held-out lines" in told
    assert "acc               0.1250    0.8750" in told
    assert "right  is    quyết định\n         read  quyết định\n" in told
    assert "WRONG  is    Nguyễn Thị Ánh\n         read  Nguyễn Thị Anh\n" in told
    assert "right  is    hết\n" in told
    assert "output/first_read/reads.png" in told
    for path in ("best_accuracy", "predicts_rec.txt", "report_card.md", "train.log"):
        assert f"output/rec_quick/{path}" in told


def test_a_failing_step_ends_it_with_its_code(project: Project) -> None:
    project.fails_in = "train"
    assert run_quickstart(PYTHON) == 5
    assert project.ran == ALL[:4]


def test_lines_that_are_not_read_end_nothing(project: Project) -> None:
    project.leaves_lines_unread = True
    assert run_quickstart(PYTHON) == 0
    assert project.ran == ALL


def test_an_interrupted_training_is_resumed(project: Project) -> None:
    project.trains_to = 60
    assert run_quickstart(PYTHON) == 0
    project.ran.clear()
    project.trains_to = 170
    assert run_quickstart(PYTHON) == 0
    assert project.ran[0] == f"{TRAIN} --resume"


def test_ctrl_c_says_how_to_continue(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(command: list[object]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(quickstart, "run_child", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run_quickstart(PYTHON)
    assert "run the same command again" in capsys.readouterr().out


def age(path: Path) -> None:
    """Make a file look an hour old."""
    seconds = path.stat().st_mtime - 3600
    os.utime(path, (seconds, seconds))


def other_images(project: Project) -> None:
    put(project.root / quickstart.PREDICTIONS, "my/own.jpg\tchữ\t0.9\n")


def older_than_the_model(project: Project) -> None:
    age(project.root / quickstart.PREDICTIONS)


@pytest.mark.parametrize("spoil", [other_images, older_than_the_model])
def test_lines_are_read_again_when_the_readings_are_of_something_else(
    project: Project, spoil: Callable[[Project], None]
) -> None:
    run_quickstart(PYTHON)
    spoil(project)
    project.ran.clear()
    assert run_quickstart(PYTHON) == 0
    assert project.ran == [ALL[4]]
