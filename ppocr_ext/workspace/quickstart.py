"""The main job, end to end: ordinary command lines, each skipped when its result exists.

First the published model reads; then it learns a look that it has never seen.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from ppocr_ext.errors import EXIT_UNREAD, UserError
from ppocr_ext.files import read_text
from ppocr_ext.runs.run import Run
from ppocr_ext.runtime import PUBLISHED, REPOSITORY
from ppocr_ext.workspace.child import run_child

CONFIG = "configs/rec_quick.yml"
FIRST = Path("output/data/test_clean")
FIRST_READ = Path("output/first_read")
DATA = Path("output/data/quick")
RUN = Path("output/rec_quick")
BEST = RUN / "best_accuracy.pdparams"
PREDICTIONS = RUN / "predicts_rec.txt"
SHEET = RUN / "reads.png"
REPORT = RUN / "report_card.md"
SCORES = ("acc", "norm_edit_dis", "cer", "unaccented_acc")
LINES_SHOWN = 3


class Step(NamedTuple):
    """One command line, and whether its result is there already."""

    title: str
    command: list[str]
    is_done: Callable[[], bool]


def steps(root: Path = REPOSITORY) -> list[Step]:
    """The steps in order; what is done is looked up when it is a step's turn."""
    train = ["tools/train.py", "-c", CONFIG]
    if Run(root / RUN).find():
        train.append("--resume")
    return [
        Step(
            "draw 500 lines of print",
            ["tools/make_data.py", "--preset", FIRST.name],
            (root / FIRST / "manifest.json").is_file,
        ),
        Step("read them", _read(FIRST / "test.txt", FIRST_READ), lambda: _has_read_first(root)),
        Step(
            "draw 6,000 lines as cut into stone and metal",
            ["tools/make_data.py", "--preset", DATA.name],
            (root / DATA / "manifest.json").is_file,
        ),
        Step("train the model on them", train, lambda: _is_trained(root)),
        Step(
            "read the held-out lines",
            ["tools/infer_rec.py", "--model", RUN.as_posix(), "--sheet", SHEET.as_posix()],
            lambda: _has_read(root),
        ),
        Step(
            "write the report card",
            ["tools/report_card.py", RUN.as_posix()],
            lambda: _is_newer(root / REPORT, root / RUN / "metrics.jsonl"),
        ),
    ]


def _read(lines: Path, folder: Path) -> list[str]:
    """The command that reads labelled lines with the published model, and draws some."""
    command = ["tools/infer_rec.py", "--images", lines.as_posix()]
    command += ["--output", (folder / PREDICTIONS.name).as_posix()]
    return [*command, "--sheet", (folder / SHEET.name).as_posix()]


def run_quickstart(python: Path) -> int:
    """Run what is missing with ``python``; returns 0, or the exit code of the step that failed."""
    started = time.monotonic()
    todo = steps()
    for number, step in enumerate(todo, 1):
        heading = f"[{number}/{len(todo)}] {step.title}"
        if step.is_done():
            print(f"{heading}: already done")
            continue
        print(f"\n{heading}: python {' '.join(step.command)}", flush=True)
        try:
            code = run_child([python, *step.command])
        except KeyboardInterrupt:
            print("\nTo continue, run the same command again.")
            raise
        if code not in (0, EXIT_UNREAD):  # a line that is not read has its reason in the output
            return code
    print(summary(REPOSITORY, (time.monotonic() - started) / 60))
    return 0


def summary(root: Path, minutes: float) -> str:
    """Scores before and after, three lines as read, where each file is, what to run next."""
    before, after = _first_and_best(root / RUN / "metrics.jsonl")
    scores = [f"  {name:<16}{before[name]:8.4f}{after[name]:10.4f}" for name in SCORES]
    newest = Run(root / RUN).find()
    trained = newest.state["train"]["seconds"] / 60 if newest else 0.0
    return "\n".join(
        [
            f"\nDone in {minutes:.1f} minutes; training took {trained:.1f}.\n",
            "Letters cut into stone and metal, read by the published model and by the adapted one:",
            f"  {int(after['n'])} held-out lines  before     after",
            *scores,
            "\nLines that training never saw, in fonts it never saw (first, middle, last):",
            *_lines_read(root),
            "\nFiles",
            f"  first lines   {(FIRST_READ / SHEET.name).as_posix()}",
            f"  model         {BEST.with_suffix('').as_posix()}.*",
            f"  lines read    {PREDICTIONS.as_posix()}",
            f"  lines drawn   {SHEET.as_posix()}",
            f"  report card   {REPORT.as_posix()}",
            f"  training log  {(RUN / 'train.log').as_posix()}",
            f"\nNext, in {REPOSITORY}",
            "  read your own line images:  python tools/infer_rec.py --images FOLDER",
            "  train it on your own lines: python tools/train.py -c configs/rec_finetune.yml",
        ]
    )


def _is_trained(root: Path) -> bool:
    """Whether the run reached the last step that its config plans."""
    newest = Run(root / RUN).find()
    if newest is None or not (root / BEST).is_file():
        return False
    planned = re.search(r"(?m)^\s*max_steps:\s*(\d+)", read_text(root / CONFIG))
    if planned is None:
        raise UserError(f"{CONFIG} has no max_steps", "the number of steps to train")
    return newest.global_step >= int(planned[1])


def _has_read_first(root: Path) -> bool:
    weights = root / "output" / PUBLISHED.name / "inference" / "inference.onnx"
    return _are_readings(root / FIRST_READ / PREDICTIONS.name, weights, root / FIRST / "test.txt")


def _has_read(root: Path) -> bool:
    return _are_readings(root / PREDICTIONS, root / BEST, root / DATA / "val.txt")


def _are_readings(predictions: Path, weights: Path, lines: Path) -> bool:
    """Whether the readings are of these lines, by the model as it is now."""
    if not (_is_newer(predictions, weights) and _is_newer(predictions, lines)):
        return False
    read, truth = _table(predictions), _table(lines)
    return [line[0] for line in read] == [line[0] for line in truth]


def _is_newer(result: Path, source: Path) -> bool:
    there = result.is_file() and source.is_file()
    return there and result.stat().st_mtime >= source.stat().st_mtime


def _first_and_best(metrics: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The evaluation before the first step, and the one of the best checkpoint."""
    records = [json.loads(line) for line in read_text(metrics).splitlines()]
    evaluations = [record for record in records if record["kind"] == "eval"]
    best = [record for record in evaluations if record.get("is_best")]
    return evaluations[0], best[-1]


def _lines_read(root: Path) -> list[str]:
    """A few lines as they are and as they were read, evenly spaced, not chosen."""
    read, truth = _table(root / PREDICTIONS), _table(root / DATA / "val.txt")
    shown = []
    for part in range(LINES_SHOWN):
        number = part * (len(read) - 1) // (LINES_SHOWN - 1)
        meant, read_as = truth[number][1], read[number][1]
        verdict = "right" if meant == read_as else "WRONG"
        shown += [f"  {verdict}  is    {meant}", f"         read  {read_as}"]
    return shown


def _table(path: Path) -> list[tuple[str, str]]:
    """Path and text of each line, of labels or of readings."""
    from ppocr_ext.scores.pairs import read_rows

    return [(row.image, row.text) for row in read_rows(path, "txt")]
