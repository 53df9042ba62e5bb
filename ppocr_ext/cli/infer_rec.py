"""Read images of single lines into text: predicts_rec.txt.

Without --images and --labels the newest run reads what its config names (Global.infer_img, else its
validation lines); without a run the published model reads its ten sample lines. Exit code 3: some
images could not be read, or are not lines (a page, a blank image, several lines, one on its side
or upside down); each has its reason in the output. PowerShell 5.1 pipes names as ASCII: before
--images - set $OutputEncoding = [Text.Encoding]::UTF8 in it.

examples:
  python tools/infer_rec.py --images output/vi_PP-OCRv6_small_rec/samples --output read.jsonl
  python tools/infer_rec.py --labels output/data/quick/val.txt --output read.csv
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ppocr_ext.cli.options import (
    add_images,
    add_labels,
    add_model,
    add_output,
    count,
    make_parser,
    positive,
    share,
)
from ppocr_ext.errors import EXIT_UNREAD, InUseError, UserError
from ppocr_ext.files import STANDARD_OUTPUT
from ppocr_ext.outputs import check_beside, check_file, file_or_stdout, once_more
from ppocr_ext.packages import require_package
from ppocr_ext.runtime import prepare_cpu

FEW = 100  # images that onnxruntime has read before OpenVINO catches up


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = make_parser(__doc__)
    add = parser.add_argument
    add_model(parser, "the published model; without images, see above")
    what = parser.add_mutually_exclusive_group()
    add_images(what, "see above")
    add_labels(what, "its images are read and scored (default: see above)", several=False)
    add_output(
        parser,
        "file, a pipe or - for standard output; .jsonl and .csv choose that format (default: "
        "Global.save_res_path of the run, else predicts_rec.txt)",
        type=file_or_stdout,
    )
    add(
        "--format",
        choices=("txt", "jsonl", "csv"),
        help="txt: path<TAB>text<TAB>confidence (default: by the suffix of --output)",
    )
    add("--bom", action="store_true", help="begin a CSV with a byte-order mark, for Excel")
    add("--resume", action="store_true", help="continue an interrupted command")
    _add_reading(add)
    add(
        "--min-confidence",
        type=share,
        metavar="SHARE",
        help="list lines below it, 0 to 1, for review (default: no list)",
    )
    add(
        "--sheet",
        type=_png,
        metavar="PNG",
        help="draw some lines with what was read (default: none)",
    )
    return parser.parse_args(argv)


def _add_reading(add: Callable[..., argparse.Action]) -> None:
    """How the lines are read."""
    add(
        "--engine",
        choices=("auto", "onnxruntime", "openvino", "paddle"),
        default="auto",
        metavar="NAME",
        help="onnxruntime or paddle: float32, the same texts everywhere; openvino; auto: openvino "
        f"for {FEW} images or more if the CPU supports bfloat16 (a few lines differ), else "
        "onnxruntime",
    )
    add(
        "--threads",
        type=positive,
        metavar="N",
        help="lines read at the same time (default: all processors)",
    )
    add(
        "--batch-size",
        type=positive,
        metavar="N",
        help="lines of one width computed together (default: 4 with openvino, else 1)",
    )
    add(
        "--invert",
        choices=("auto", "never", "always"),
        default="auto",
        help="invert light text on a dark background",
    )
    add(
        "--alternatives",
        type=count,
        default=0,
        metavar="N",
        help="other candidates for each character, in JSON lines",
    )
    add(
        "--language-model",
        default="auto",
        metavar="FILE",
        help="file of tools/language_model.py, or none to read without (default: the model's own)",
    )
    add(
        "--read-once",
        action="store_true",
        help="read narrow text once only: faster, may drop characters",
    )


def _png(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in ("", ".png"):  # a program may believe another suffix
        raise argparse.ArgumentTypeError(f"{text}: a sheet is a .png file")
    return path


def engine_of(chosen: str, images: int | None) -> str:
    """``auto`` of a few images is what starts soonest: OpenVINO compiles for 0.3 seconds, and for
    each width (output/LOG.md)."""
    return "float32" if chosen == "auto" and images is not None and images < FEW else chosen


@contextmanager
def resumable(output: Path) -> Iterator[None]:
    """An output that Windows does not let us replace does not make everything be read again."""
    try:
        yield
    except InUseError as error:
        if error.filename != str(output):
            raise
        raise UserError(
            f"{output} is open in another program",
            "a file that can be replaced; what was read is kept",
            f"close it there, then: {once_more('--resume')}",
        ) from error


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    prepare_cpu()
    from ppocr_ext.infer.results import format_of

    if options.output is not None:
        format_of(options.output, options.format)
    check_file("--output", options.output, example="predicts_rec.txt")
    check_file("--sheet", options.sheet, example="sheet.png")
    if options.sheet:
        require_package("matplotlib")  # whose font writes what was read
    from ppocr_ext.infer.defaults import check_outputs, images_and_output, inputs_of
    from ppocr_ext.infer.predict import PredictOptions, predict
    from ppocr_ext.infer.recognizer import Recognizer
    from ppocr_ext.infer.results import beside, format_of
    from ppocr_ext.infer.shards import Shard
    from ppocr_ext.infer.sources import open_labels, open_source
    from ppocr_ext.runs.model import find_model

    named = options.images if options.labels is None else str(options.labels)
    model = find_model(options.model, "either" if named is None else "published", "--model")
    images, output = images_and_output(model, named, options.output)
    print(model.describe(), file=sys.stderr if output == STANDARD_OUTPUT else sys.stdout)
    format_name = format_of(output, options.format)
    source = open_source(images) if options.labels is None else open_labels(images)
    read = inputs_of(model, images, source, options.language_model)
    check_outputs(output, options.sheet, read)
    check_beside(beside(output, source.has_truth, options.min_confidence))
    recognizer = Recognizer(
        model,
        engine=engine_of(options.engine, source.size),
        threads=options.threads,
        batch_size=options.batch_size,
        invert=options.invert,
        alternatives=options.alternatives,
        language_model=None if options.language_model == "none" else options.language_model,
        reread=not options.read_once,
    )
    shard = Shard.of_this_process()
    chosen = PredictOptions(options.format, options.bom, options.resume, options.min_confidence)
    with shard.only_writer(output), resumable(output):
        summary = predict(recognizer, source, output, chosen, shard)
        if options.sheet and summary.findings:
            from ppocr_ext.infer.sheet import read_lines, write_sheet

            if lines := read_lines(source, format_name, output):
                write_sheet(lines, options.sheet)
            else:
                print(f"no line was read: {options.sheet} is not drawn", file=sys.stderr)
    print(summary.describe(output), file=sys.stderr if output == STANDARD_OUTPUT else sys.stdout)
    return EXIT_UNREAD if summary.findings and summary.findings.unread.total else 0
