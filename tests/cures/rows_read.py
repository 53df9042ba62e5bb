"""Cures of reading and exporting."""

from __future__ import annotations

import re
import shutil
import sys
from typing import Any

from cures.bench import Bench
from cures.rows_train import locked, trained
from cures.table import Cure
from PIL import Image, ImageFilter

from ppocr_ext.files import write_text
from ppocr_ext.infer.defaults import SAMPLES
from ppocr_ext.locks import beside
from ppocr_ext.runtime import PUBLISHED, REPOSITORY

LINES = PUBLISHED / SAMPLES


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


def trained_elsewhere(bench: Bench, model: str) -> str:
    """Export one model of a folder in whose output/ another lies."""
    output = bench.folder / "output"
    if not output.exists():
        output.mkdir()
        trained(bench).rename(output / "run")
    return bench.run("export_model.py", "--model", model, *QUICK)


def readings_of_others(bench: Bench) -> str:
    write_text(bench.folder / "read.txt", "other.png\tế\n")
    return bench.run("eval.py", "--readings", bench.folder / "read.txt", "--labels", LINES)


def damaged_export(bench: Bench) -> str:
    run = trained(bench)
    exported = run / "inference" / "inference.onnx"
    if not exported.exists():
        assert bench.run("export_model.py", "--model", run, "--no-calibration").endswith("code 0")
        exported.write_bytes(exported.read_bytes()[:-1])
    return read(bench, "--model", run, "--engine", "onnxruntime", "--language-model", "none")


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
    labels = ["--labels", folder / "labels.txt", "--lines", 10]
    return ["--model", PUBLISHED / "inference", *labels, "--count", LINES, "--drawn", 3000]


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


def network_of_ones_own(bench: Bench) -> str:
    fixture = REPOSITORY / "tests" / "fixtures" / "before_12"
    shutil.copytree(fixture, bench.folder, dirs_exist_ok=True)
    return bench.run("export_model.py", "--model", "run", *QUICK)


def export_in_use(bench: Bench) -> str:
    words = ("export_model.py", "--model", trained(bench), *QUICK, "--output", "own")
    return locked(bench, beside(bench.folder / "own"), *words)


def readings_in_use(bench: Bench) -> str:
    words = ("infer_rec.py", "--images", LINES, "--output", "lines.txt")
    return locked(bench, beside(bench.folder / "lines.txt"), *words)


def no_published_model(bench: Bench) -> str:
    from ppocr_ext.runs.model import find_model
    from ppocr_ext.runs.run import Run

    if not getattr(bench, "was_there", False):
        bench.patch.setattr(Run, "is_published", False)
        bench.was_there = True
    else:
        bench.patch.undo()
    return bench.caught(lambda: find_model(None, "published"))


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
        ("ppocr_ext/runs/run.py:how_to_make",),
        damaged_export,
        "is damaged",
        more=lambda bench: ["--no-calibration"],
    ),
    Cure(
        "a model that is not there",
        ("ppocr_ext/runs/model.py:_no_model",),
        lambda bench: trained_elsewhere(bench, "none"),
        "--model none does not exist",
        itself=True,
    ),
    Cure(
        "a checkpoint that a run does not have",
        ("ppocr_ext/runs/model.py:_not_of",),
        lambda bench: trained_elsewhere(bench, "output/run/best_ema"),
        "--model output/run/best_ema does not exist",
        itself=True,
    ),
    Cure(
        "readings of other images",
        ("ppocr_ext/scores/pairs.py:_read_command",),
        readings_of_others,
        "have no image in common",
        itself=True,
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
        ("ppocr_ext/infer/shards.py:continuing", "ppocr_ext/outputs.py:once_more"),
        interrupted,
        "stopped after 0 rows",
        itself=True,
    ),
    Cure(
        "readings that are open elsewhere",
        ("ppocr_ext/cli/infer_rec.py:resumable",),
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
        "--resume cannot be used",
        itself=True,
    ),
    Cure(
        "a picture of readings in a pipe",
        ("ppocr_ext/infer/defaults.py:check_outputs",),
        lambda bench: read(bench, "--output", "-", "--sheet", "sheet.png"),
        "--sheet cannot be used",
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
        "an export of a network that PaddleOCR does not list",
        ("ppocr_ext/export/export.py:export_model",),
        network_of_ones_own,
        "no PaddleOCR model has the backbone",
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
        ("ppocr_ext/runs/model.py:_published",),
        no_published_model,
        "does not exist",
    ),
]
