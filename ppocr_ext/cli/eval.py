"""Score a model, or any engine's readings, against labels.

Writes evaluation.md, .json and .html (the gallery), errors.jsonl and plots. With --model into the
run folder, where the report card finds the errors; of a published model into
output/<labels>.evaluation; else beside the readings.

examples:
  python tools/eval.py --model output/rec_quick --labels output/data/quick/val.txt
  python tools/eval.py --readings read.csv --labels output/data/quick/val.txt
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ppocr_ext.cli.options import add_dict, add_labels, add_model, add_output, make_parser, parsed
from ppocr_ext.errors import UserError
from ppocr_ext.files import why_no_file
from ppocr_ext.outputs import check_beside, check_folder, remember
from ppocr_ext.runtime import prepare_cpu
from ppocr_ext.show.formats import counted

FORMER = {"--pred": "--readings", "--gt": "--labels", "--train": "--train-labels"}

if TYPE_CHECKING:
    from ppocr_ext.runs.model import Model


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = make_parser(__doc__)
    add = parser.add_argument
    what = parser.add_mutually_exclusive_group(required=True)
    add_model(what, "none: --readings are scored")
    what.add_argument(
        "--readings",
        type=Path,
        metavar="FILE",
        help="what any engine read: path<TAB>text[<TAB>confidence], .jsonl or .csv "
        "(default: what --model reads)",
    )
    add_labels(parser, "the truth", several=False, required=True)
    add_labels(
        parser,
        "how common each character is in training (default: not counted)",
        "--train-labels",
        several=False,
    )
    add(
        "--groups",
        type=Path,
        metavar="FILE",
        help="path<TAB>name per line: scores for each name, such as a font (default: all lines "
        "at once)",
    )
    add_dict(parser, "of the network, for scores as PaddleOCR counts them", "not counted so")
    add_output(parser, "folder for what is written (default: see above)")
    add("--no-plots", action="store_true", help="write no plots")
    return parsed(parser, argv, FORMER)


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    from ppocr_ext.data.labels import read_labels
    from ppocr_ext.report.evaluation import FILES, widths_of, write_evaluation
    from ppocr_ext.runs.model import find_model
    from ppocr_ext.scores.evaluation import evaluate
    from ppocr_ext.scores.pairs import read_pairs
    from ppocr_ext.text.charset import Charset

    if options.model:
        model = find_model(options.model, option="--model")
        home = model.run.place(f"{options.labels.stem}.evaluation")
        folder = options.output or home
        predictions = folder / f"{options.labels.stem}.predictions.txt"
        read_into = [predictions]
    else:
        predictions, read_into = options.readings, []
        home = predictions.with_name(f"{predictions.stem}.evaluation")
        folder = options.output or home
    scored = [name for name in FILES if not (options.no_plots and name.endswith(".png"))]
    read = (options.readings, options.labels, options.train_labels, options.groups, options.dict)
    names = [*scored, *(path.name for path in read_into)]
    check_folder("--output", folder, names, filter(None, read))
    is_home = folder.resolve() == home.resolve()  # whose pages are ours, training's among them
    check_beside([*read_into, *(folder / name for name in ([] if is_home else scored))])
    if options.model:
        print(model.describe())
        _read(model, options.labels, predictions)

    def lines(path: Path | None) -> dict[str, str]:
        return {line.path: line.text for line in read_labels(path, path.parent)} if path else {}

    pairs = read_pairs(predictions, options.labels)
    evaluation = evaluate(
        pairs,
        widths_of(options.labels),
        lines(options.train_labels).values() or None,
        lines(options.groups),
        Charset.load(options.dict) if options.dict else None,
    )
    title = f"{options.model or predictions} on {options.labels}"
    plots, images = not options.no_plots, options.labels.parent
    written = write_evaluation(evaluation, pairs, folder, title, plots, images)
    if not is_home:
        remember(written)
    for name, value in evaluation.scores.items():
        span = evaluation.intervals.get(name)
        print(f"{name}: {value:.4f}" + (f"  ({span.low:.4f} to {span.high:.4f})" if span else ""))
    if pairs.missing:
        total = counted(len(pairs.lines), "labelled line")
        print(f"{pairs.missing:,} of {total} without a reading: counted as empty")
    if pairs.repeated:
        images = counted(len(pairs.repeated), "image")
        print(f"{images} with several equal rows: counted once (first: {pairs.repeated[0]})")
    print("wrote " + ", ".join(path.as_posix() for path in written))
    return 0


def _read(model: Model, labels: Path, output: Path) -> None:
    """Read the labelled images into a file of readings."""
    if not labels.is_file():
        raise UserError(
            f"label file {labels} {why_no_file(labels)}", "path<TAB>text lines", "check --labels"
        )
    prepare_cpu()
    from ppocr_ext.infer.predict import PredictOptions, predict
    from ppocr_ext.infer.recognizer import Recognizer
    from ppocr_ext.infer.shards import Shard
    from ppocr_ext.infer.sources import open_source

    recognizer = Recognizer(model, engine="float32")  # the same score on any machine
    shard = Shard.of_this_process()
    with shard.only_writer(output, output.parent):
        summary = predict(
            recognizer, open_source(str(labels)), output, PredictOptions(judge=False), shard
        )
    if summary.findings:
        remember([output])
    print(summary.describe(output))
    if summary.findings and summary.findings.unread.total == summary.findings.rows:
        raise UserError(f"none of the images of {labels} could be read", "images of text lines")
