"""Cures of training, of its data and its weights."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import toy
from cures.bench import Bench
from cures.table import Cure

from ppocr_ext.config import dump_yaml, load_config
from ppocr_ext.files import write_text
from ppocr_ext.locks import Lock, inside

ONE_STEP = {"Global__max_steps": 1, "Global__epoch_num": 1, "Global__eval_batch_step": [0, 1]}


def config(bench: Bench, **changes: Any) -> Path:
    """The toy config of one step in the current folder; its data is drawn once."""
    if not (bench.folder / "train.txt").exists():
        toy.make_data(bench.folder)
    return toy.write_config(bench.folder, toy.config(bench.folder, **ONE_STEP, **changes))


def toy_words(bench: Bench) -> list[object]:
    """Overrides that make the quick config a toy of one step, its run folder its own."""
    config(bench)
    tree = toy.config(bench.folder, **ONE_STEP)
    del tree["Global"]["save_model_dir"]
    words = [
        f"{part}.{key}={dump_yaml(value)}" for part in tree for key, value in tree[part].items()
    ]
    return ["-o", *words, "Global.pretrained_model=null"]


def trained(bench: Bench, **changes: Any) -> Path:
    """The run folder of one step."""
    path = config(bench, **changes)
    if not (bench.folder / "run").exists():
        text = bench.run("train.py", "-c", path)
        assert text.endswith("exit code 0"), text
    return bench.folder / "run"


def no_model(bench: Bench) -> str:
    return bench.run("export_model.py", "--no-onnx", "--no-calibration")


def no_run(bench: Bench) -> str:
    return bench.run("report_card.py")


def another_decoder(bench: Bench) -> str:
    config(bench)
    dataset = {"data_dir": ".", "label_file_list": ["train.txt"]}
    head = {"Architecture": {"Head": {"name": "SARHead"}}, "Train": {"dataset": dataset}}
    return bench.run("train.py", "-c", toy.write_config(bench.folder, head, "sar.yml"))


def second_start(bench: Bench) -> str:
    trained(bench)
    return bench.run("train.py", "-c", config(bench))


def no_gpu(bench: Bench) -> str:
    return bench.run("train.py", "-c", config(bench), "-o", "Global.device=gpu")


def no_usable_line(bench: Bench) -> str:
    path = config(bench, Train__loader__num_workers=0)
    write_text(bench.folder / "dict.txt", "x\ny\n")
    return bench.run("train.py", "-c", path)


def no_learning(bench: Bench) -> str:
    from ppocr_ext.engine import lr_finder

    nothing = SimpleNamespace(losses=[])
    bench.patch.setattr(lr_finder, "range_test", lambda *given: nothing)
    return bench.run("train.py", "-c", config(bench), "--find-lr", "10")


def impossible_loss(bench: Bench) -> str:
    from ppocr_ext.engine.hooks.nonfinite import NonFiniteGuard

    guard, told = NonFiniteGuard(bench.folder / "kept", lambda: None), io.StringIO()
    guard.configure(load_config(config(bench)))
    trainer = SimpleNamespace(
        state=SimpleNamespace(global_step=1), event=lambda name, text, *_, **__: told.write(text)
    )
    result = SimpleNamespace(losses={"CTCLoss": 0.0}, batches=[[1]], applied=True, overflowed=False)
    guard.after_step(trainer, result)
    return told.getvalue()


def no_board(bench: Bench) -> str:
    from ppocr_ext.engine import writers_curves

    settings = load_config(config(bench, Global__use_wandb=True)).Global
    found = {"wandb"} if getattr(bench, "installed", False) else set()
    bench.patch.setattr(writers_curves, "find_spec", lambda name: name in found or None)
    bench.installed = True  # by what is typed in between
    return bench.caught(lambda: writers_curves.require_packages(settings))


def missing_labels(bench: Bench) -> str:
    return bench.run("train.py", "-c", to_be_made(bench), "--dry-run")


def missing_labels_of_an_evaluation(bench: Bench) -> str:
    from ppocr_ext.data.build import (
        _open_files,
        build_dataset,  # noqa: F401
    )

    section = load_config(to_be_made(bench)).Eval
    return bench.caught(lambda: _open_files(section, 48))


def missing_labels_to_check(bench: Bench) -> str:
    return bench.run("check_data.py", "-c", to_be_made(bench), "--look", "nothing")


def to_be_made(bench: Bench) -> Path:
    """A config whose lines are to be drawn into the folder that it names."""
    path = config(bench)
    make = "python tools/make_data.py --train-lines 4 --val-lines 2 --output made --workers 1"
    dataset = {"data_dir": "made", "make": make}
    tree = toy.config(bench.folder, **ONE_STEP)
    for part, name in (("Train", "train"), ("Eval", "val")):
        tree[part]["dataset"] |= {**dataset, "label_file_list": [f"made/{name}.txt"]}
    tree["Global"]["character_dict_path"] = (DICTS / "vi_dict.txt").as_posix()
    tree["Global"]["use_space_char"] = True
    write_text(path, dump_yaml(tree))
    return path


def elsewhere(bench: Bench) -> str:
    return bench.run("train.py", "--dry-run")


def damaged_weights(bench: Bench) -> str:
    weights = bench.folder / "output" / "base_weights" / "PP-OCRv6_small_rec.pdparams"
    if not weights.exists():
        bench.run("base_weights.py")
        content = bytearray(weights.read_bytes())
        content[len(content) // 2] ^= 1
        weights.write_bytes(bytes(content))
    named = weights.with_suffix("").relative_to(bench.folder).as_posix()
    make = "python tools/base_weights.py"
    changes = {"Global__pretrained_model": named, "Global__make_pretrained": make}
    return bench.run("train.py", "-c", config(bench, **changes))


def run_in_use(bench: Bench) -> str:
    path = config(bench)
    (bench.folder / "run").mkdir(exist_ok=True)
    return locked(bench, inside(bench.folder / "run"), "train.py", "-c", path)


def locked(bench: Bench, lock: Path, *words: object) -> str:
    """Run a tool while ``lock`` is held, until the test ends."""
    from ppocr_ext import locks

    bench.patch.setattr(locks, "PATIENCE", 0.1)
    held = Lock(lock)
    assert held.acquire(1)
    bench.at_end.callback(held.release)
    return bench.run(*map(str, words))


def foreign_config(bench: Bench) -> str:
    path = config(bench)
    (bench.folder / "run").mkdir()
    write_text(bench.folder / "run" / "config.yml", "mine: 1\n")
    return bench.run("train.py", "-c", path)


def no_mirror(bench: Bench) -> str:
    return bench.run("train.py", "-c", config(bench), "-o", "Global.mirror_dir=none/there/is")


def to_continue(bench: Bench, *, ours: bool) -> str:
    from ppocr_ext.report.diagnosis.course import _how_to_continue

    folder = trained(bench)
    disk = SimpleNamespace(find=lambda name: True)
    history = SimpleNamespace(trainer="stock")
    source = SimpleNamespace(folder=folder)
    return _how_to_continue(
        SimpleNamespace(source=source, is_ours=ours, config={"a": 1}, history=history, disk=disk)
    )


def failed_start(bench: Bench) -> str:
    from bench import start

    path = config(bench, Train__dataset__label_file_list=["none.txt"])
    child = SimpleNamespace(stdout=[], __enter__=None)
    bench.patch.setattr(start.subprocess, "Popen", lambda *words, **options: Closing(child))
    return bench.caught(lambda: start._until_first_step(path, bench.folder / "run"))


class Closing:
    """What ``with subprocess.Popen(...) as child`` gives."""

    def __init__(self, child: Any) -> None:
        self.child = child

    def __enter__(self) -> Any:
        return self.child

    def __exit__(self, *error: object) -> None:
        return None


DICTS = Path(__file__).resolve().parents[2] / "dicts"
BUILD = "ppocr_ext/engine/build.py"
ROWS = [
    Cure(
        "another decoder: a CTC recogniser on its lines",
        ("ppocr_ext/config/load.py:_refuse_other_decoder",),
        another_decoder,
        "is a part of SAR",
        more=toy_words,
        itself=True,
    ),
    Cure(
        "no trained model to export",
        ("ppocr_ext/runs/run.py:Run.newest",),
        no_model,
        "there is no run under output",
        more=toy_words,
    ),
    Cure(
        "no run to report",
        (),
        no_run,
        "there is no run under output",
        more=toy_words,
    ),
    Cure(
        "a second start continues the run",
        (
            "ppocr_ext/engine/session.py:Session.refuse_a_second_start",
            "ppocr_ext/cli/train.py:main",
        ),
        second_start,
        "already holds a run",
        itself=True,
    ),
    Cure(
        "a second start in another folder",
        (),
        second_start,
        "already holds a run",
        which=1,
        itself=True,
    ),
    Cure("no GPU: the processor", (f"{BUILD}:choose_device",), no_gpu, "no GPU", 1, itself=True),
    Cure("no GPU: the doctor", (), no_gpu, "no GPU", only_understood="test_doctor runs it"),
    Cure(
        "no usable line",
        (f"{BUILD}:open_readers.loader",),
        no_usable_line,
        "no usable line",
        shows="outside the dictionary",
    ),
    Cure(
        "no rate that learns",
        ("ppocr_ext/engine/lr_finder.py:find_lr",),
        no_learning,
        "was not finite",
        shows="train: 24 lines",
    ),
    Cure(
        "an impossible loss",
        ("ppocr_ext/engine/hooks/nonfinite.py:NonFiniteGuard.configure",),
        impossible_loss,
        "CTC loss is 0.0",
        shows="train: 24 lines",
    ),
    Cure(
        "a board that is not installed",
        ("ppocr_ext/engine/writers_curves.py:require_packages",),
        no_board,
        "wandb is not installed",
    ),
    Cure(
        "lines that are to be made",
        ("ppocr_ext/config/files.py:_command",),
        missing_labels,
        "does not exist",
    ),
    Cure(
        "lines of an evaluation that are to be made",
        ("ppocr_ext/data/build.py:_open_files",),
        missing_labels_of_an_evaluation,
        "does not exist",
    ),
    Cure(
        "lines to check that are to be made",
        ("ppocr_ext/data/check/run.py:_open",),
        missing_labels_to_check,
        "does not exist",
    ),
    Cure(
        "another folder than the repository",
        ("ppocr_ext/config/files.py:_file", "ppocr_ext/config/files.py:_weights"),
        elsewhere,
        "character_dict_path",
        after="make_data.py",  # where the lines are not drawn yet
    ),
    Cure(
        "damaged base weights",
        ("ppocr_ext/engine/start.py:Fresh.load",),
        damaged_weights,
        "is damaged",
        after="tensors are missing",  # the toy network is a different one
    ),
    Cure(
        "a run folder in use",
        ("ppocr_ext/engine/places.py:only_run",),
        run_in_use,
        "is being written by",
        itself=True,
    ),
    Cure(
        "a run folder with another's config",
        ("ppocr_ext/engine/places.py:check_places",),
        foreign_config,
        "that was not written by a run",
        itself=True,
    ),
    Cure(
        "a mirror that cannot be made",
        ("ppocr_ext/engine/places.py:_check_mirror",),
        no_mirror,
        "cannot be created",
        itself=True,
    ),
    Cure(
        "a run that stands still",
        ("ppocr_ext/report/diagnosis/course.py:_how_to_continue",),
        lambda bench: to_continue(bench, ours=True),
        "Continue it",
        itself=True,
    ),
    Cure(
        "a run of stock PaddleOCR that stands still",
        (),
        lambda bench: to_continue(bench, ours=False),
        "Continue it",
        itself=True,
    ),
    Cure(
        "a config that does not start",
        ("tests/bench/start.py:_until_first_step",),
        failed_start,
        "did not come to its first step",
        shows="none.txt does not exist",
    ),
]
