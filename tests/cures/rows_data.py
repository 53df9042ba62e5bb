"""Cures of labels, drawn sets and reports."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from typing import Any

from cures.bench import Bench, commands
from cures.rows_train import locked
from cures.table import Cure
from PIL import Image

from ppocr_ext.files import write_text
from ppocr_ext.locks import inside
from ppocr_ext.runtime import REPOSITORY
from ppocr_ext.text.encoding import read_utf8

FEW = ("--train-lines", "2", "--val-lines", "1", "--workers", "1")
LOG = "[2026/03/01 08:00:00] ppocr INFO: Architecture : \n" + "".join(
    f"[2026/03/01 08:0{n}:00] ppocr INFO: epoch: [1/9], global_step: {n}, lr: 0.001, acc: 0.1, "
    "norm_edit_dis: 0.2, loss: 2.0, avg_reader_cost: 0.1 s, avg_batch_cost: 0.2 s, "
    "avg_samples: 8.0, ips: 9.0 samples/s, eta: 0:00:09\n"
    for n in range(1, 6)
)


# ---- labels and drawn sets


def spaces_for_tabs(bench: Bench, fixed: bool = False) -> str:
    image, labels = bench.folder / "a.png", bench.folder / "train.txt"
    Image.new("L", (64, 48), 255).save(image)
    write_text(labels, "a.png    a  b\n")
    if not fixed:
        return bench.run("check_data.py", "--labels", labels, "--look", "sizes")
    return bench.run("check_data.py", "--fix", labels)


def latin_fonts(bench: Bench) -> str:
    from ppocr_ext.synth import catalogue

    bench.patch.setattr(catalogue, "FETCHED", bench.folder / "fetched fonts")
    folder = bench.folder / "phông chữ"
    if not folder.exists():
        folder.mkdir()
        (place,) = importlib.util.find_spec("matplotlib").submodule_search_locations
        shutil.copy(Path(place) / "mpl-data" / "fonts" / "ttf" / "DejaVuSansMono.ttf", folder)
    return bench.run("make_data.py", "--fonts", folder, *FEW)


def few_archives(bench: Bench) -> str:
    from ppocr_ext.synth import catalogue
    from ppocr_ext.synth.presets import load_preset

    bench.patch.setattr(catalogue, "is_fetched", lambda archive: False)
    main: Any = bench.main_of("make_data.py")
    main.__globals__["say_what_is_missing"](load_preset("all"))
    return str(bench.capsys.readouterr().out)


def completed_fonts(bench: Bench) -> str:
    return bench.type(commands(latin_fonts(bench))[-1])


def foreign_set(bench: Bench, name: str = "thesis.txt") -> str:
    (bench.folder / "own").mkdir(exist_ok=True)
    write_text(bench.folder / "own" / name, "{}\n")
    return bench.run("make_data.py", "--output", "own", *FEW)


def set_in_use(bench: Bench) -> str:
    (bench.folder / "own").mkdir(exist_ok=True)
    return locked(bench, inside(bench.folder / "own"), "make_data.py", "--output", "own", *FEW)


def no_lines(bench: Bench) -> str:
    from bench.__main__ import _need

    return bench.caught(lambda: _need(Path("dữ liệu/plain/train.txt")))


# ---- reports


PATTERN = "[{name: mine, kind: eval, find: 'round <step> score <acc>'}]\n"


def unknown_log(bench: Bench) -> str:
    write_text(bench.folder / "my own.log", "round 1 score 0.5\nround 2 score 0.7\n" * 30)
    write_text(bench.folder / "own.yml", PATTERN)  # as the message asks for
    return bench.run("report_card.py", "my own.log", "--output", "card")


def hardly_known_log(bench: Bench) -> str:
    write_text(bench.folder / "own.yml", PATTERN)
    write_text(bench.folder / "my own.log", LOG + "round 9 score 0.5\n" * 90)
    return bench.run("report_card.py", "my own.log", "--output", "card")


def fourth_run(bench: Bench) -> str:
    write_text(bench.folder / "train.log", LOG)
    return bench.run("report_card.py", "--compare", "train.log#4", "train.log")


def two_runs(bench: Bench) -> str:
    write_text(bench.folder / "train.log", LOG + LOG.replace("03/01", "03/02"))
    return bench.run("report_card.py", "train.log", "--output", "card")


def begun_study(bench: Bench) -> str:
    import optuna

    from ppocr_ext.sweep import study
    from ppocr_ext.sweep.load import load_sweep

    path = REPOSITORY / "configs" / "sweeps" / "phase3.yml"
    sweep = load_sweep(path, [f"folder={bench.folder.as_posix()}"])
    bench.patch.setattr(
        sys, "argv", [(REPOSITORY / "tools" / "sweep.py").as_posix(), "-c", str(path)]
    )
    bench.patch.setattr(optuna, "get_all_study_summaries", lambda *given: [Named(sweep.study)])
    return bench.caught(lambda: study.open_study(sweep, begin=True, join=False))


class Named:
    def __init__(self, name: str) -> None:
        self.study_name = name


ROWS = [
    Cure(
        "spaces for tabs",
        ("ppocr_ext/data/labels.py:fix_command",),
        spaces_for_tabs,
        "has no delimiter",
        shows="1 line kept",
    ),
    Cure(
        "a dictionary of the repository, named in another folder",
        ("ppocr_ext/text/encoding.py:read_utf8",),
        lambda bench: bench.caught(lambda: read_utf8(Path("dicts/vi_dict.txt"))),
        "does not exist",
    ),
    Cure(
        "a corrected label file",
        ("ppocr_ext/data/check/fix.py:Fixed.describe",),
        lambda bench: spaces_for_tabs(bench, fixed=True),
        "1 line kept",
        more=lambda bench: ["--look", "sizes"],
        shows="train: 1 line,",
    ),
    Cure(
        "fonts without Vietnamese letters",
        ("ppocr_ext/synth/fonts.py:_own",),
        latin_fonts,
        "can write Vietnamese",
        shows="Vietnamese letters added to 1 font",
    ),
    Cure(
        "fonts that were completed",
        ("ppocr_ext/cli/make_data.py:complete_fonts",),
        completed_fonts,
        "to draw lines with them",
        more=lambda bench: [*FEW, "--output", "drawn"],
        shows="lines in drawn",
    ),
    Cure(
        "archives of fonts that are not there",
        ("ppocr_ext/cli/make_data.py:say_what_is_missing",),
        few_archives,
        "archives of fonts",
        only_understood="it fetches some hundred megabytes",
    ),
    Cure(
        "a set in a foreign folder",
        ("ppocr_ext/synth/dataset.py:_refuse_another",),
        foreign_set,
        "holds files that are not a data set",
        itself=True,
    ),
    Cure(
        "a set of other settings",
        (),
        lambda bench: foreign_set(bench, "settings.json"),
        "made with different settings",
        itself=True,
    ),
    Cure(
        "a set in use",
        ("ppocr_ext/synth/dataset.py:_claimed",),
        set_in_use,
        "is being written by",
        itself=True,
    ),
    Cure(
        "a drawn set that is not there",
        ("ppocr_ext/synth/presets.py:how_to_make",),
        no_lines,
        "does not exist",
        more=lambda bench: [*FEW],
    ),
    Cure(
        "a log of unknown lines",
        ("ppocr_ext/records/reading.py:_refuse_what_says_nothing",),
        unknown_log,
        "none is understood",
        itself=True,
    ),
    Cure("a run that a log does not hold", (), fourth_run, "holds 1 run,", itself=True),
    Cure(
        "a log that is hardly understood",
        ("ppocr_ext/report/diagnosis/log.py:not_understood",),
        hardly_known_log,
        "are not understood",
        itself=True,
    ),
    Cure(
        "a log of two runs",
        ("ppocr_ext/report/diagnosis/log.py:earlier_runs",),
        two_runs,
        "The log holds earlier runs",
        itself=True,
    ),
    Cure(
        "a study that has started",
        ("ppocr_ext/sweep/study.py:open_study",),
        begun_study,
        "was already started",
        only_understood="tests/smoke/test_sweep.py continues a study with --resume",
    ),
]
