"""Measure speed and memory beside what they are compared with (python -m tests.bench, too).

python tests/bench data            readers beside PaddleOCR's, on output/data/plain
python tests/bench data --labels train.txt --data-dir images
python tests/bench synth           our drawing of lines beside TRDG's
python tests/bench train           training beside stock's and beside a plain loop
python tests/bench scale           one process beside two, overhead and memory of the loop
python tests/bench start           how soon the command lines answer
python tests/bench infer           our recogniser beside others, its start and its memory
python tests/bench eval            reading and scoring of labelled lines beside stock's
python tests/bench report          the report card on a log of a million lines
python tests/bench accuracy        our recogniser's scores beside others', on labelled lines
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from ppocr_ext.errors import UserError, run_cli
from ppocr_ext.files import STANDARD_OUTPUT, why_no_file
from ppocr_ext.outputs import check_file, file_or_stdout
from ppocr_ext.runtime import REPOSITORY
from ppocr_ext.synth.presets import TEST_PARTS

if TYPE_CHECKING:
    from bench.row import Row

PLAIN = REPOSITORY / "output" / "data" / "plain"
Parts = argparse._SubParsersAction  # what parsers of the parts are added to


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python tests/bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parts = parser.add_subparsers(dest="part", required=True)
    _add_data_parts(parts)
    _add_model_parts(parts)
    _add_training_parts(parts)
    return parser.parse_args(arguments)


def _add_data_parts(parts: Parts) -> None:
    data = parts.add_parser("data", help="readers, memory, checks")
    data.add_argument("--labels", type=Path, default=PLAIN / "train.txt")
    data.add_argument("--data-dir", type=Path, help="folder of the images (default: the file's)")
    data.add_argument("--dict", type=Path, default=REPOSITORY / "dicts" / "vi_dict.txt")
    data.add_argument("--lines", type=int, default=1000, help="lines that are read")
    data.set_defaults(measure=_data)
    synth = parts.add_parser("synth", help="drawing of synthetic lines")
    synth.add_argument("--preset", default="huge", help="looks and texts")
    synth.add_argument("--lines", type=int, default=300, help="lines that are drawn")
    synth.set_defaults(measure=_synth)


def _add_model_parts(parts: Parts) -> None:
    infer = parts.add_parser("infer", help="recognisers, latency, start, memory")
    infer.add_argument("--model", help="run or exported folder (default: the published)")
    infer.add_argument("--images", default=str(PLAIN / "val.txt"), help="as for infer_rec.py")
    infer.add_argument("--lines", type=int, default=200, help="lines that each recogniser reads")
    infer.add_argument(
        "--memory-lines", type=int, default=20_000, help="images read to see memory grow; 0: none"
    )
    infer.set_defaults(measure=_infer)
    evaluation = parts.add_parser("eval", help="reading and scoring of labelled lines")
    evaluation.add_argument("--model", help="run or exported folder (default: the published)")
    evaluation.add_argument("--labels", type=Path, default=PLAIN / "val.txt")
    evaluation.add_argument("--lines", type=int, default=400, help="lines that are evaluated")
    evaluation.set_defaults(measure=_eval)
    accuracy = parts.add_parser("accuracy", help="scores on labelled lines")
    accuracy.add_argument("--model", help="run or exported folder (default: the published)")
    accuracy.add_argument(
        "--data",
        nargs="+",
        type=Path,
        default=[REPOSITORY / "output" / "data" / name for name in TEST_PARTS],
        help="label files, or folders with a val.txt or test.txt (default: the synthetic test)",
    )
    accuracy.add_argument("--lines", type=int, help="of each set (default: all)")
    accuracy.add_argument(
        "--json", type=file_or_stdout, help="write the rows here too; -: standard output"
    )


def _add_training_parts(parts: Parts) -> None:
    train = parts.add_parser("train", help="lines a second of training")
    train.add_argument("--lines", type=int, default=32, help="lines of a step")
    train.add_argument("--width", type=int, default=320, help="pixels of a line")
    train.add_argument("--device", default="cpu", help="cpu or gpu")
    train.set_defaults(measure=_train)
    scale = parts.add_parser("scale", help="several processes, overhead and memory of the loop")
    scale.add_argument("--lines", type=int, default=32, help="lines of a step")
    scale.add_argument("--width", type=int, default=320, help="pixels of a line")
    scale.add_argument("--labels", type=Path, default=PLAIN / "train.txt")
    scale.add_argument(
        "--memory-steps", type=int, default=10_000, help="steps to see memory grow; 0: none"
    )
    scale.set_defaults(measure=_scale)
    start = parts.add_parser("start", help="how soon the command lines answer")
    quick = REPOSITORY / "output" / "rec_quick"
    start.add_argument("--run", type=Path, default=quick, help="whose report card is made")
    start.add_argument("-c", "--config", type=Path, default=Path("configs/rec_quick.yml"))
    start.set_defaults(measure=_start)
    report = parts.add_parser("report", help="reading of a long log, and of what it grew by")
    report.add_argument("--lines", type=int, default=1_000_000, help="lines of the log")
    report.set_defaults(measure=_report)


def main() -> int:
    options = parse()
    if options.part == "accuracy":
        return _accuracy(options)
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
    check_file("--json", options.json, options.data, example="accuracy.json")
    from ppocr_ext.runtime import prepare_cpu

    prepare_cpu()
    from bench.accuracy import format_table, measure
    from ppocr_ext.files import write_text
    from ppocr_ext.runtime import PUBLISHED

    rows = measure(options.model or PUBLISHED, options.data, options.lines)
    if options.json:
        text = json.dumps([row._asdict() for row in rows], ensure_ascii=False, indent=2)
        write_text(options.json, text + "\n")
    print(format_table(rows), file=sys.stderr if options.json == STANDARD_OUTPUT else sys.stdout)
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
