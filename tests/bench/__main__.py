"""Measure speed and memory beside what they are compared with (python -m tests.bench, too).

Options of a part: python tests/bench PART --help

examples:
  python tests/bench start
  python tests/bench data --labels output/data/quick/train.txt
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from ppocr_ext.cli.options import (
    add_config,
    add_dict,
    add_images,
    add_labels,
    add_lines,
    add_model,
    count,
    make_parser,
    parsed,
    positive,
)
from ppocr_ext.errors import UserError, run_cli
from ppocr_ext.files import STANDARD_OUTPUT, why_no_file
from ppocr_ext.outputs import check_file, file_or_stdout
from ppocr_ext.runtime import REPOSITORY
from ppocr_ext.synth.presets import TEST_PARTS

if TYPE_CHECKING:
    from bench.row import Row

PLAIN = REPOSITORY / "output" / "data" / "plain"
Parts = argparse._SubParsersAction  # what parsers of the parts are added to
Add = Callable[[str, str, Callable[[argparse.Namespace], Any]], argparse.ArgumentParser]
FORMER = {"--data": "--labels"}


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = make_parser(
        __doc__, partial(argparse.ArgumentParser, prog="python tests/bench"), "PART"
    )
    parts = parser.add_subparsers(dest="part", required=True, metavar="PART")
    add = partial(_add_part, parts)
    _add_data_parts(add)
    _add_model_parts(add)
    _add_profile(add)
    _add_training_parts(add)
    return parsed(parser, arguments, FORMER)


def _add_part(
    parts: Parts, name: str, about: str, measure: Callable[[argparse.Namespace], Any]
) -> argparse.ArgumentParser:
    made = partial(parts.add_parser, name, prog=f"python tests/bench {name}", help=about)
    part = make_parser(about, made)
    part.set_defaults(measure=measure)
    return part


def _add_data_parts(add: Add) -> None:
    data = add("data", "readers beside PaddleOCR's, memory, checks", _data)
    add_labels(data, "lines that are read", several=False, default=PLAIN / "train.txt")
    data.add_argument(
        "--data-dir",
        type=Path,
        metavar="FOLDER",
        help="where the images' paths start (default: the folder of the label file)",
    )
    vietnamese = REPOSITORY / "dicts" / "vi_dict.txt"
    add_dict(data, "of the labels", "dicts/vi_dict.txt", default=vietnamese)
    add_lines(data, "that are read", default=1000)
    synth = add("synth", "our drawing of lines beside TRDG's", _synth)
    synth.add_argument("--preset", default="huge", metavar="NAME", help="looks and texts")
    add_lines(synth, "that are drawn", default=300)
    importing = add("importing", "import of pages beside decoding and encoding", _importing)
    for option, default, about in (
        ("--pages", 500, "drawn, of 20 lines each"),
        ("--memory-pages", 10_000, "tiny ones, to see memory grow, or 0"),
    ):
        importing.add_argument(option, type=count, default=default, metavar="N", help=about)


def _add_model_parts(add: Add) -> None:
    labelling = add("labelling", "label.py's page: its speed, and a person's keys", _labelling)
    add_labels(
        labelling, "the truth of what a person labels", several=False, default=PLAIN / "val.txt"
    )
    add_lines(labelling, "that the person labels", default=1000)
    for option, default, about in (
        ("--many", 10_000, "lines, opened and walked through"),
        ("--most", 100_000, "lines, scrolled"),
    ):
        labelling.add_argument(option, type=positive, default=default, metavar="N", help=about)
    add("unikey", "label.py's page with a real input method, where one is installed", _unikey)
    infer = add("infer", "our recogniser beside others, its start and its memory", _infer)
    add_model(infer, "the published model")
    add_images(infer, "output/data/plain/val.txt", default=str(PLAIN / "val.txt"))
    add_lines(infer, "that each recogniser reads", default=200)
    add_lines(infer, "read to see memory grow, or 0", "--memory-lines", default=20_000, type=count)
    evaluation = add("eval", "reading and scoring of labelled lines beside stock's", _eval)
    add_model(evaluation, "the published model")
    add_labels(evaluation, "lines that are read", several=False, default=PLAIN / "val.txt")
    add_lines(evaluation, "that are evaluated", default=400)
    accuracy = add(
        "accuracy", "our recogniser's scores beside others', on labelled lines", _accuracy
    )
    add_model(accuracy, "the published model")
    add_labels(
        accuracy,
        "lines that are read, or folders with a val.txt or test.txt (default: the synthetic test)",
        action="store",
        default=[REPOSITORY / "output" / "data" / name for name in TEST_PARTS],
    )
    add_lines(accuracy, "of each set (default: all)")
    accuracy.add_argument(
        "--json",
        type=file_or_stdout,
        metavar="FILE",
        help="write the rows here too; -: standard output (default: the table alone)",
    )

    pages = add("pages", "whole pages beside RapidOCR's pipeline and Tesseract", _pages)
    pages.add_argument(
        "folder", type=Path, metavar="FOLDER", help="pages: NAME.png with its text in NAME.txt"
    )


def _add_profile(add: Add) -> None:
    profile = add("profile", "milliseconds of processor of each step of a reading", _profile)
    add_model(profile, "the published model")
    add_labels(profile, "folders with a val.txt or test.txt, or label files", action="store")
    profile.add_argument("--engine", default="auto", metavar="NAME", help="what reads")
    add_lines(profile, "of each set (default: all)")


def _add_training_parts(add: Add) -> None:
    for name, about, measure in (
        ("train", "training beside stock's and beside a plain loop", _train),
        ("scale", "one process beside two, overhead and memory of the loop", _scale),
    ):
        part = add(name, about, measure)
        add_lines(part, "of a step", default=32)
        part.add_argument(
            "--width", type=positive, default=320, metavar="N", help="pixels of a line"
        )
        if name == "train":
            part.add_argument("--device", default="cpu", metavar="NAME", help="cpu or gpu")
            continue
        add_labels(part, "lines trained on", several=False, default=PLAIN / "train.txt")
        part.add_argument(
            "--memory-steps",
            type=count,
            default=10_000,
            metavar="N",
            help="steps to see memory grow, or 0",
        )
    start = add("start", "how soon the command lines answer", _start)
    quick = REPOSITORY / "output" / "rec_quick"
    start.add_argument(
        "--run",
        type=Path,
        default=quick,
        metavar="RUN",
        help="a run's folder, whose report card is made (default: output/rec_quick)",
    )
    add_config(start, "what is trained", default=Path("configs/rec_quick.yml"))
    report = add("report", "the report card on a log of a million lines", _report)
    add_lines(report, "of the log", default=1_000_000)


def main() -> int:
    options = parse()
    if options.part in ("accuracy", "pages", "profile"):
        return int(options.measure(options))
    from bench.row import format_rows

    rows = options.measure(options)
    print(format_rows(rows))
    return 0 if all(row.met for row in rows) else 1


def _need(labels: Path) -> None:
    if not labels.is_file():
        from ppocr_ext.synth.presets import how_to_make

        raise UserError(
            f"label file {labels} {why_no_file(labels)}",
            "the lines to read",
            how_to_make(labels.parent),
        )


def _data(options: argparse.Namespace) -> list[Row]:
    _need(options.labels)
    from ppocr_ext.runtime import prepare_cpu

    prepare_cpu(threads=1)
    from bench.data import measure

    folder = options.data_dir or options.labels.parent
    return measure(options.labels, folder, options.dict, options.lines)


def _synth(options: argparse.Namespace) -> list[Row]:
    from bench.synth import measure

    return measure(options.preset, options.lines)


def _importing(options: argparse.Namespace) -> list[Row]:
    from bench.importing import measure

    return measure(options.pages, options.memory_pages)


def _labelling(options: argparse.Namespace) -> list[Row]:
    _need(options.labels)
    from bench.labelling import measure

    return measure(options.labels, options.labels.parent, options.lines, options.many, options.most)


def _unikey(options: argparse.Namespace) -> list[Row]:
    from bench.unikey import measure

    return measure()


def _infer(options: argparse.Namespace) -> list[Row]:
    from ppocr_ext.runtime import prepare_cpu

    prepare_cpu()
    from bench.infer import measure
    from ppocr_ext.runtime import PUBLISHED

    model = options.model or PUBLISHED
    return measure(model, options.images, options.lines, options.memory_lines)


def _eval(options: argparse.Namespace) -> list[Row]:
    _need(options.labels)
    from bench.evaluation import measure
    from ppocr_ext.runtime import PUBLISHED

    return measure(options.model or str(PUBLISHED), options.labels, options.lines)


def _accuracy(options: argparse.Namespace) -> int:
    check_file("--json", options.json, options.labels, example="accuracy.json")
    from ppocr_ext.runtime import prepare_cpu

    prepare_cpu()
    from bench.accuracy import format_table, measure
    from ppocr_ext.files import write_text
    from ppocr_ext.runtime import PUBLISHED

    rows = measure(options.model or PUBLISHED, options.labels, options.lines)
    if options.json:
        text = json.dumps([row._asdict() for row in rows], ensure_ascii=False, indent=2)
        write_text(options.json, text + "\n")
    print(format_table(rows), file=sys.stderr if options.json == STANDARD_OUTPUT else sys.stdout)
    return 0


def _pages(options: argparse.Namespace) -> int:
    from ppocr_ext.runtime import prepare_cpu

    prepare_cpu(threads=1)
    from bench.pages import measure

    print(measure(options.folder))
    return 0


def _profile(options: argparse.Namespace) -> int:
    from bench.profiling import format_table, measure
    from ppocr_ext.runtime import PUBLISHED

    sets = options.labels or [REPOSITORY / "output" / "data" / name for name in TEST_PARTS]
    print(format_table(measure(options.model or PUBLISHED, sets, options.engine, options.lines)))
    return 0


def _train(options: argparse.Namespace) -> list[Row]:
    from bench.train import measure

    return measure(options.lines, options.width, options.device)


def _scale(options: argparse.Namespace) -> list[Row]:
    _need(options.labels)
    from bench.train import measure_scaling, measure_sessions

    rows = measure_scaling(options.lines, options.width)
    return rows + measure_sessions(options.labels, options.memory_steps)


def _start(options: argparse.Namespace) -> list[Row]:
    from bench.start import measure

    return measure(options.run, options.config)


def _report(options: argparse.Namespace) -> list[Row]:
    from bench.report import measure

    return measure(options.lines)


if __name__ == "__main__":
    sys.exit(run_cli(main))
