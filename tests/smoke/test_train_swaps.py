"""Resume with another YAML: it does what the new one says from the next step, or is refused."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toy

from ppocr_ext.checkpoint import CheckpointStore, read_pdopt, read_pdparams
from ppocr_ext.errors import UserError
from ppocr_ext.files import write_text

pytestmark = pytest.mark.smoke

EPOCHS, AT = 3, toy.STEPS_PER_EPOCH  # each swap happens after the first of three epochs
Rate = Callable[[int], float]
COSINE = {"name": "Cosine", "learning_rate": 0.002, "warmup_steps": 2}

AT_ITS_END = {"Global__epoch_num": 1}  # loads, takes no step, saves


def cosine(rate: float, total: int, warm: int = 2, first: int = 0) -> Rate:
    """The rate of a step, counted from 0, of a half cosine that begins ``warm`` after ``first``."""
    return lambda step: rate / 2 * (1 + math.cos(math.pi * (step - first - warm) / (total - warm)))


def piecewise(step: int) -> float:
    return 0.002 if step < 8 else 0.0002


LR_SWAPS: dict[str, tuple[dict[str, Any], int, Rate]] = {  # changes, last step, rate
    "nothing": ({}, 18, cosine(0.002, 18)),
    "a lower rate": ({"Optimizer__lr": {**COSINE, "learning_rate": 5e-4}}, 18, cosine(5e-4, 18)),
    "fewer epochs": ({"Global__epoch_num": 2}, 12, cosine(0.002, 12)),
    "more epochs": ({"Global__epoch_num": 4}, 24, cosine(0.002, 24)),
    "an earlier end": ({"Global__max_steps": 10}, 10, cosine(0.002, 10)),
    "no warm-up": ({"Optimizer__lr": {**COSINE, "warmup_steps": 0}}, 18, cosine(0.002, 18, 0)),
    "a warm-up": (
        {"Optimizer__lr": {**COSINE, "warmup_steps": 12}},
        18,
        lambda step: 0.002 * (step + 1) / 12 if step < 12 else cosine(0.002, 18, 12)(step),
    ),
    "Const": ({"Optimizer__lr": {"name": "Const", "learning_rate": 1e-4}}, 18, lambda step: 1e-4),
    "Piecewise": (
        {
            "Optimizer__lr": {
                "name": "Piecewise",
                "decay_epochs": [1],
                "values": [0.002, 0.0002],
                "warmup_steps": 2,
            }
        },
        18,
        piecewise,
    ),
    "Linear": (
        {"Optimizer__lr": {"name": "Linear", "learning_rate": 0.001}},
        18,
        lambda step: 0.001 * (1 - step / 18),
    ),
    "OneCycle": (
        {"Optimizer__lr": {"name": "OneCycle", "max_lr": 0.004, "pct_start": 0.5}},
        18,
        lambda step: (
            0.004 / 25 + (0.004 - 0.004 / 25) * (1 - math.cos(math.pi * step / 9)) / 2
            if step < 9
            else 0.002 * (1 + math.cos(math.pi * (step - 9) / 9))
        ),
    ),
    # Two epochs of three steps remain: the curve has nine steps and three of them are behind.
    "batches twice as large": (
        {"Train__loader": {"num_workers": 0, "batch_size_per_card": 2 * toy.BATCH}},
        12,
        cosine(0.002, 9, 0, first=3),
    ),
    "two batches a step": ({"Global__accumulation": 2}, 12, cosine(0.002, 9, 0, first=3)),
    "half the data": ({"Train__samples_per_epoch": 12}, 12, cosine(0.002, 9, 0, first=3)),
    # Two epochs of twelve steps remain, as if there had been one of twelve.
    "twice the data": ({"Train__samples_per_epoch": 48}, 30, cosine(0.002, 36, 2, first=-6)),
    "Momentum": (
        {"Optimizer": {"name": "Momentum", "lr": {"name": "Const", "learning_rate": 1e-4}}},
        18,
        lambda step: 1e-4,
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Toy data and a finished run of three epochs."""
    folder = tmp_path_factory.mktemp("đổi cấu hình")
    toy.train(toy.make(folder, Global__epoch_num=EPOCHS, Optimizer__lr=COSINE))
    return folder


def swap(folder: Path, to: Path, force_partial: bool = False, **changes: Any) -> Path:
    """Continue from the end of the first epoch, with ``changes`` and in another run folder."""
    settings = {
        "Global__epoch_num": EPOCHS,
        "Global__eval_batch_step": [0, 1000],
        "Optimizer__lr": COSINE,
        "Global__save_model_dir": (to / "run").as_posix(),
        "Global__checkpoints": (folder / "run" / "iter_epoch_1").as_posix(),
    }
    path = toy.write_config(to, toy.config(folder, **{**settings, **changes}))
    return toy.train(path, force_partial=force_partial)


def finite(run: Path) -> bool:
    losses = toy.losses(run).values()
    return bool(losses) and all(map(math.isfinite, losses))


@pytest.mark.parametrize("name", LR_SWAPS)
def test_the_rate_follows_the_new_config_from_the_next_step(
    folder: Path, tmp_path: Path, name: str
) -> None:
    changes, last, rate = LR_SWAPS[name]
    run = swap(folder, tmp_path, **changes)
    rates = {record["global_step"]: record["lr"] for record in toy.records(run, "train")}
    expected = {step + 1: rate(step) for step in range(AT, last)}
    assert rates == pytest.approx(expected, rel=1e-6, abs=1e-12)
    assert finite(run)
    assert CheckpointStore(run).load().epoch == changes.get("Global__epoch_num", EPOCHS) - (
        name == "an earlier end"
    )


LADDER: dict[str, tuple[dict[str, Any], Rate]] = {  # over four epochs of six steps
    "Const": ({"name": "Const", "learning_rate": 1e-4}, lambda step: 1e-4),
    "Cosine": (COSINE, cosine(0.002, 24)),
    "Piecewise": (LR_SWAPS["Piecewise"][0]["Optimizer__lr"], piecewise),
    "Linear": ({"name": "Linear", "learning_rate": 0.001}, lambda step: 0.001 * (1 - step / 24)),
    "OneCycle": (
        {"name": "OneCycle", "max_lr": 0.004, "pct_start": 0.5},
        lambda step: (
            0.00208 - 0.00192 * math.cos(math.pi * step / 12)
            if step < 12
            else 0.002 * (1 + math.cos(math.pi * (step - 12) / 12))
        ),
    ),
}


def test_every_schedule_gives_way_to_its_neighbours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up and down the ladder in one run, two steps each; stock PaddleOCR dies at Const."""
    toy.make_data(tmp_path)
    names = [*LADDER, *reversed(list(LADDER)[:-1])]
    firsts = range(0, 2 * len(names), 2)
    stop = {first + 1: lambda trainer: trainer.request_stop("swap") for first in firsts}
    toy.at_steps(monkeypatch, stop)  # ends the session with the step after it
    expected = {}
    for first, name in zip(firsts, names, strict=True):
        lr, rate = LADDER[name]
        settings = {"Global__epoch_num": 4, "Global__eval_batch_step": [0, 1000]}
        path = toy.write_config(tmp_path, toy.config(tmp_path, Optimizer__lr=lr, **settings))
        toy.train(path, resume=first > 0)
        expected |= {step + 1: rate(step) for step in (first, first + 1)}
    taken = {r["global_step"]: r["lr"] for r in toy.records(tmp_path / "run", "train")}
    assert taken == pytest.approx(expected, rel=1e-6, abs=1e-12)
    assert len(list((tmp_path / "run" / "config_history").glob("*.yml"))) == len(names)


def test_the_changes_are_reported_with_what_will_happen(folder: Path, tmp_path: Path) -> None:
    run = swap(folder, tmp_path, **LR_SWAPS["Momentum"][0])
    log = (run / "train.log").read_text(encoding="utf-8")
    assert "Optimizer.name" in log and "starts without its moments" in log
    assert "optimizer state is reset" in log


def test_another_dictionary_takes_the_head_and_its_moments_along(
    folder: Path, tmp_path: Path
) -> None:
    from ppocr_ext.models.transplant import HEAD_BIAS, HEAD_WEIGHT

    letters = "g" + toy.CHARACTERS[::-1] + "ồ"
    write_text(tmp_path / "other.txt", "".join(f"{letter}\n" for letter in letters))
    other = {"Global__character_dict_path": (tmp_path / "other.txt").as_posix()}
    run = swap(folder, tmp_path, **AT_ITS_END, **other)
    old, new = CheckpointStore(folder / "run").load("iter_epoch_1"), CheckpointStore(run).load()
    rows = [0, *(1 + letters.index(letter) for letter in toy.CHARACTERS)]
    before, after = (read_pdparams(c.path("pdparams")) for c in (old, new))
    assert after[HEAD_BIAS].shape == (len(letters) + 1,)
    assert np.array_equal(after[HEAD_WEIGHT][:, rows], before[HEAD_WEIGHT])
    moments = []
    for checkpoint in (old, new):
        owner = checkpoint.state["parameter_names"][HEAD_WEIGHT]
        moments.append(read_pdopt(checkpoint.path("pdopt"))[f"{owner}_moment1_0"])
    assert np.array_equal(moments[1][:, rows], moments[0]) and moments[0].any()
    assert finite(swap(folder, tmp_path / "on", **other))


def everything(folder: Path) -> dict[str, tuple[int, str]]:
    """Every file below ``folder`` with its time and content."""
    return {
        path.relative_to(folder).as_posix(): (
            path.stat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in folder.rglob("*")
        if path.is_file()
    }


OTHER_NECK: dict[str, Any] = {
    "Architecture__Head__head_list": [
        {"CTCHead": {"Neck": {"name": "lightsvtr", "dims": 24, "depth": 1}}}
    ]
}


def test_another_network_is_refused_before_anything_is_touched(
    folder: Path, tmp_path: Path
) -> None:
    before = everything(folder / "run")
    run = {"Global__save_model_dir": (folder / "run").as_posix()}
    with pytest.raises(UserError, match="fatal") as refused:
        swap(folder, tmp_path, **run, **OTHER_NECK)
    assert "--force-partial" in str(refused.value) and "24" in str(refused.value)
    assert everything(folder / "run") == before


def test_force_partial_loads_what_fits_and_lists_the_rest(folder: Path, tmp_path: Path) -> None:
    run = swap(folder, tmp_path, force_partial=True, **AT_ITS_END, **OTHER_NECK)
    log = (run / "train.log").read_text(encoding="utf-8")
    assert "they start at random: " in log and "ctc_encoder" in log
    old = read_pdparams(folder / "run" / "iter_epoch_1.pdparams")
    new = read_pdparams(run / "latest.pdparams")
    backbone = [name for name in old if name.startswith("backbone.")]
    assert backbone and all(np.array_equal(old[name], new[name]) for name in backbone)
    assert finite(swap(folder, tmp_path / "on", force_partial=True, **OTHER_NECK))


@pytest.mark.parametrize("with_names", [True, False])
def test_a_stock_checkpoint_continues_with_what_it_holds(
    folder: Path, tmp_path: Path, with_names: bool
) -> None:
    """PaddleOCR's three files, without manifest and config; its optimizer names its own way."""
    import pickle

    stock, old = tmp_path / "stock", CheckpointStore(folder / "run").load("iter_epoch_1")
    stock.mkdir()
    names, weights = old.state["parameter_names"], read_pdparams(old.path("pdparams"))
    renamed = {name: f"stock_{number}.w" for number, name in enumerate(reversed(names))}
    if with_names:
        weights["StructuredToParameterName@@"] = renamed
    moments: dict[str, Any] = {"LR_Scheduler": {"last_lr": 0.1, "last_epoch": 6}}
    for key, value in read_pdopt(old.path("pdopt")).items():
        owners = [name for name in names if key.startswith(names[name] + "_")]
        if owners:
            name = max(owners, key=lambda owner: len(names[owner]))
            moments[renamed[name] + key[len(names[name]) :]] = value
    states = {"best_model_dict": {"acc": 0.9}, "epoch": 1, "global_step": 6}
    for suffix, content in (("pdparams", weights), ("pdopt", moments), ("states", states)):
        (stock / f"latest.{suffix}").write_bytes(pickle.dumps(content, protocol=2))

    plain = {"Global__log_smooth_window": 1}  # medians would look back beyond the swap
    run = swap(folder, tmp_path, Global__checkpoints=(stock / "latest").as_posix(), **plain)
    log = (run / "train.log").read_text(encoding="utf-8")
    assert list(toy.losses(run)) == list(range(AT + 1, 3 * AT + 1))
    assert ("optimizer state is reset" in log) == (not with_names)
    assert toy.records(run, "eval")[-1]["best"]["acc"] == 0.9, "a resume never lowers the best"
    same = toy.losses(swap(folder, tmp_path / "own", **plain))
    assert (toy.losses(run) == same) == with_names
