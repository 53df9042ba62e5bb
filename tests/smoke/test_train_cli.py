"""tools/train.py as people run it: from the start, resumed, refused, in one process and in two."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest
import toy

from ppocr_ext.runtime import REPOSITORY

pytestmark = pytest.mark.smoke

TRAIN_LINE = re.compile(
    r"\[\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\] ppocr INFO: epoch: \[\d+/2\], global_step: \d+, "
    r"lr: [\d.]+, augmentation: [\d.]+, acc: [\d.]+, norm_edit_dis: [\d.]+, "
    r"CTCLoss: [\d.]+, loss: [\d.]+, "
    r"avg_reader_cost: [\d.]+ s, avg_batch_cost: [\d.]+ s, avg_samples: [\d.]+, "
    r"ips: [\d.]+ samples/s, eta: \d+:\d\d:\d\d"
)
EVAL_LINE = re.compile(
    r"cur metric, acc: [\d.]+, norm_edit_dis: [\d.]+, cer: [\d.]+, wer: [\d.]+, "
    r"unaccented_acc: [\d.]+, confidence_mean: [\d.]+, confidence_p5: [\d.]+, "
    r"confidence_p95: [\d.]+, loss: [\d.]+, fps: [\d.]+$"
)


def assert_refused(result, *words: str) -> None:
    """Exit code 2 and one message, which holds ``words``."""
    assert result.code == 2, result.out + result.err
    assert result.err.count("error: ") == 1 and "Traceback" not in result.err
    assert all(word in result.err for word in words), result.err


@pytest.mark.parametrize("processes", [1, 2])
def test_from_the_start_to_the_end_and_on(run_tool, vietnamese_path: Path, processes: int) -> None:
    path = toy.make(vietnamese_path, Global__cpu_processes=processes, Global__save_epoch_step=2)
    run = vietnamese_path / "run"
    done = run_tool("train.py", "-c", path, *["--resume"] * (processes - 1))
    assert done.code == 0, done.err
    assert not done.err

    log = (run / "train.log").read_text(encoding="utf-8")
    assert done.out == log, "the console shows what the log holds"
    lines = log.splitlines()
    assert sum(bool(TRAIN_LINE.match(line)) for line in lines) == 12
    assert [bool(EVAL_LINE.search(line)) for line in lines].count(True) == 3
    numbers = [line for line in lines if " save " not in line and " best metric, " not in line]
    assert max(Counter(numbers).values()) == 1, "each line is printed once"
    first = "holds no checkpoint to resume yet: the run starts from the beginning" in log
    assert first == (processes == 2), "as the script of a cluster always says --resume"
    assert "train dataloader has 6 iters" in log and f"{processes} process(es), 12 steps" in log
    files = {file.name for file in run.iterdir()}
    for name in ("latest", "best_accuracy", "iter_epoch_2"):
        assert {f"{name}.{suffix}" for suffix in ("pdparams", "pdopt", "states", "json")} <= files
    assert {"train.log", "metrics.jsonl", "config.yml", "config_history", "checkpoints"} <= files
    assert list(toy.losses(run)) == list(range(1, 13))

    again = run_tool("train.py", "-c", path)
    assert_refused(again, "already holds a run", "--resume", path.name)
    assert (run / "train.log").read_text(encoding="utf-8") == log

    if processes == 2:
        return  # how two continue: tests/faults/test_training_kills.py
    longer = run_tool("train.py", "-c", path, "--resume", "-o", "Global.epoch_num=3")
    assert longer.code == 0, longer.err
    assert "resume from" in longer.out and "global_step 12, epoch 2" in longer.out
    assert re.search(r"Global\.epoch_num +2 +3 +live", longer.out)
    assert list(toy.losses(run)) == list(range(1, 19))
    assert (run / "config_history" / "0002.yml").is_file()


def test_checkpoints_named_by_an_override_lead_into_another_folder(tmp_path: Path) -> None:
    path = toy.make(tmp_path)
    first = toy.train(path)
    other = toy.train(
        path,
        f"Global.checkpoints={first.as_posix()}/iter_epoch_1",
        f"Global.save_model_dir={tmp_path.as_posix()}/other",
        "Optimizer.lr.name=Const",
    )
    assert "resume from" in (other / "train.log").read_text(encoding="utf-8")
    assert list(toy.losses(first)) == list(range(1, 13))
    assert list(toy.losses(other)) == list(range(7, 13))


def break_dictionary(folder: Path) -> None:
    text = "".join(f"{character}\n" for character in "àảãáạ" * 3)
    (folder / "dict.txt").write_text(text, encoding="utf-16")


BAD_INPUTS = {
    "not yaml": (lambda f: (f / "toy.yml").write_text("Global: [1\n", "utf-8"), "toy.yml"),
    "no config": (lambda f: (f / "toy.yml").unlink(), "toy.yml"),
    "no dictionary": (lambda f: (f / "dict.txt").unlink(), "dict.txt"),
    "empty dictionary": (lambda f: (f / "dict.txt").write_text("", "utf-8"), "dict.txt"),
    "dictionary in UTF-16": (break_dictionary, "utf-16"),
    "no labels": (lambda f: (f / "train.txt").unlink(), "train.txt"),
    "empty labels": (lambda f: (f / "val.txt").write_text("", "utf-8"), "val.txt"),
    "run folder is a file": (lambda f: (f / "run").write_text("", "utf-8"), "run"),
}


@pytest.mark.parametrize("case", BAD_INPUTS)
def test_bad_input(run_tool, tmp_path: Path, case: str) -> None:
    path = toy.make(tmp_path)
    damage, word = BAD_INPUTS[case]
    damage(tmp_path)
    assert_refused(run_tool("train.py", "-c", path), word, "cure:")


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("Global.pretrained_model=nowhere/weights", ["nowhere/weights"]),
        ("Global.checkpoints=nowhere/latest", ["nowhere"]),
        ("Global.epoch_numb=3", ["epoch_numb", "epoch_num"]),
        ("Global.device=gpu", ["GPU"]),
    ],
)
def test_bad_override(run_tool, tmp_path: Path, override: str, words: list[str]) -> None:
    assert_refused(run_tool("train.py", "-c", toy.make(tmp_path), "-o", override), *words)


def test_the_first_warning_of_a_resume_is_in_the_log_once(tmp_path: Path) -> None:
    path = toy.make(tmp_path, Global__save_step=3)
    run = toy.train(path, "Global.max_steps=6")
    for damaged in (
        run / "latest.pdparams",
        *run.glob("checkpoints/step_00000006*/model.pdparams"),
    ):
        damaged.write_bytes(b"not what was written")
    toy.train(path, resume=True)
    (warning,) = [each["text"] for each in toy.records(run, "warning") if "damaged" in each["text"]]
    assert "step_00000006" in warning and "is used instead" in warning
    assert max(toy.losses(run)) == 12


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no limit of a file's size")
def test_a_disk_that_takes_no_checkpoint(tmp_path: Path) -> None:
    """By the limit of a file's size, which a real disk's errors resemble."""
    import resource

    path = toy.make(tmp_path)
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "tools" / "train.py"), "-c", str(path)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
        capture_output=True,
        encoding="utf-8",
    )
    result = SimpleNamespace(code=done.returncode, out=done.stdout, err=done.stderr)
    assert_refused(result, "the file is too large for this disk", "cure:")
    assert not list((tmp_path / "run").glob("**/*.tmp-*")), "what was started is removed"
