"""A toy run that trains in a second or two: a few dozen short lines and a tiny network.

Shared by the tests of training and by the child processes that some of them kill.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from ppocr_ext.config import dump_yaml
from ppocr_ext.files import write_text

CHARACTERS = "abcdehnoạếộđ"
TRAIN_LINES, EVAL_LINES, BATCH = 24, 6, 4
STEPS_PER_EPOCH = TRAIN_LINES // BATCH

Tree = dict[str, Any]


def make_data(folder: Path) -> None:
    """``train.txt``, ``val.txt``, their images, and ``dict.txt``; the same at every call."""
    package = Path(import_module("fontpkg_be_vietnam_pro").__path__[0])
    font = ImageFont.truetype(str(sorted(package.rglob("*-Regular.ttf"))[0]), 28)
    chance = random.Random(0)
    for name, count in (("train", TRAIN_LINES), ("val", EVAL_LINES)):
        (folder / name).mkdir(parents=True)
        labels = []
        for number in range(count):
            text = "".join(chance.choices(CHARACTERS, k=chance.randint(2, 4)))
            image = Image.new("L", (chance.choice((64, 72, 80)), 48), 255)
            ImageDraw.Draw(image).text((3, 4), text, font=font, fill=0)
            image.save(folder / name / f"{number}.png")
            labels.append(f"{name}/{number}.png\t{text}\n")
        write_text(folder / f"{name}.txt", "".join(labels))
    write_text(folder / "dict.txt", "".join(f"{character}\n" for character in CHARACTERS))


def config(folder: Path, **changes: Any) -> Tree:
    """A config of two epochs over the data in ``folder``.

    ``changes``: dotted keys with ``__`` for the dot, ``Optimizer__lr__name="Const"``.
    """
    reading = {"num_workers": 0, "batch_size_per_card": BATCH}
    tree: Tree = {
        "Global": {
            "device": "cpu",
            "cpu_processes": 1,
            "seed": 7,
            "character_dict_path": (folder / "dict.txt").as_posix(),
            "use_space_char": False,
            "save_model_dir": (folder / "run").as_posix(),
            "epoch_num": 2,
            "print_batch_step": 1,
            "eval_batch_step": [0, 4],
            "eval_at_start": False,
            "watch_config": False,
        },
        "Architecture": {
            "Backbone": {"name": "PPLCNetV4", "model_size": "tiny"},
            "Head": {
                "name": "MultiHead",
                "head_list": [{"CTCHead": {"Neck": {"name": "lightsvtr", "dims": 16, "depth": 1}}}],
            },
        },
        "Optimizer": {
            "name": "AdamW",
            "clip_norm_global": 1.0,
            "lr": {"name": "Cosine", "learning_rate": 0.002, "warmup_steps": 2},
        },
        "Train": {"dataset": _dataset(folder, "train", augment=True), "loader": dict(reading)},
        "Eval": {"dataset": _dataset(folder, "val"), "loader": dict(reading)},
    }
    for key, value in changes.items():
        *parents, last = key.split("__")
        section = tree
        for parent in parents:
            section = section.setdefault(parent, {})
        section[last] = value
    return tree


def _dataset(folder: Path, name: str, augment: bool = False) -> Tree:
    steps: list[Mapping[str, Any]] = [{"DecodeImage": {"img_mode": "BGR"}}]
    steps += [{"RecAug": {"strength": 0.5}}] if augment else []
    steps += [{"CTCLabelEncode": None}, {"RecResizeImg": {"image_shape": [3, 48, 320]}}]
    return {
        "name": "SimpleDataSet",
        "data_dir": folder.as_posix(),
        "label_file_list": [(folder / f"{name}.txt").as_posix()],
        "transforms": steps,
    }


def write_config(folder: Path, tree: Tree, name: str = "toy.yml") -> Path:
    path = folder / name
    write_text(path, dump_yaml(tree))
    return path


def make(folder: Path, **changes: Any) -> Path:
    """Data and config of a toy run in ``folder``; returns the config's path."""
    make_data(folder)
    return write_config(folder, config(folder, **changes))


def train(path: Path, *overrides: str, resume: bool = False, force_partial: bool = False) -> Path:
    """Train in this process as ``tools/train.py`` would; returns the run folder."""
    from ppocr_ext.config import load_config
    from ppocr_ext.engine.session import Request, run_training

    def load() -> Any:
        return load_config(path, overrides)

    settings = load()
    run_training(settings, Request([path], load, "resume it", resume, force_partial))
    return Path(settings.Global.save_model_dir)


def records(run: Path, kind: str) -> list[Tree]:
    """Records of ``metrics.jsonl`` of one kind, in order; of events those of that name, too."""
    with open(run / "metrics.jsonl", encoding="utf-8") as lines:
        every = [json.loads(line) for line in lines]
    return [record for record in every if kind in (record["kind"], record.get("name"))]


def losses(run: Path) -> dict[int, float]:
    """global_step → loss; where a step was taken again after a kill, the later one counts."""
    return {record["global_step"]: record["loss"] for record in records(run, "train")}


def at_steps(monkeypatch: Any, actions: Mapping[int, Callable[[Any], Any]]) -> None:
    """Have ``actions[step](trainer)`` called after that step of a run in this process."""
    from ppocr_ext.engine.hooks.base import Hook
    from ppocr_ext.engine.session import Session

    class Probe(Hook):
        def after_step(self, trainer: Any, result: Any) -> None:
            action = actions.get(trainer.state.global_step)
            if action is not None:
                action(trainer)

    hooks = Session._hooks
    monkeypatch.setattr(Session, "_hooks", lambda self: [Probe(), *hooks(self)])
