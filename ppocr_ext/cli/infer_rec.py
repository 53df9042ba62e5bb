"""Read line images into predicts_rec.txt with the published Vietnamese model, or another."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ppocr_ext.arguments import count, positive
from ppocr_ext.errors import EXIT_UNREAD, InUseError, UserError
from ppocr_ext.files import STANDARD_OUTPUT
from ppocr_ext.outputs import check_beside, check_file, file_or_stdout, once_more
from ppocr_ext.packages import require_package
from ppocr_ext.runtime import prepare_cpu


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="A run of --model reads the images that its config names (Global.infer_img) into "
        "Global.save_res_path unless others are named; without anything, the ten sample lines of "
        "the published model are read. Exit code 3: some images could not be read, or are not "
        "lines (a page, a blank picture, several lines, one on its side or its head); each has its "
        "reason in the output. PowerShell 5.1 pipes names as ASCII: before "
        "--images - give it $OutputEncoding = [Text.Encoding]::UTF8.",
    )
    add = parser.add_argument
    add("--model", help="run folder, checkpoint prefix or model folder (default: the published)")
    add("--images", help="folder, label file, list of paths, glob, image, or - (standard input)")
    add(
        "--output",
        type=file_or_stdout,
        help="file to write, a pipe, or - (standard output); a .jsonl or .csv suffix chooses that "
        "format",
    )
    add("--format", choices=("txt", "jsonl", "csv"), help="txt: path<TAB>text<TAB>confidence")
    add("--bom", action="store_true", help="begin a CSV with a byte-order mark, for Excel")
    add("--resume", action="store_true", help="go on where an interrupted run was stopped")
    add(
        "--engine",
        choices=("auto", "onnxruntime", "openvino", "paddle"),
        default="auto",
        help="what computes (default: openvino where the processor has bfloat16, in which it reads "
        "a few lines otherwise, else onnxruntime); onnxruntime and paddle: float32, the same texts",
    )
    add("--threads", type=positive, help="lines read at a time (default: all processors)")
    add("--batch-size", type=positive, default=1, help="lines of one width computed together")
    add("--invert", choices=("auto", "never", "always"), default="auto", help="light on dark text")
    add("--alternatives", type=count, default=0, help="other candidates per character (JSON lines)")
    add(
        "--language-model",
        default="auto",
        help="file, or none (default: the model's own)",
    )
    add("--read-once", action="store_true", help="narrow letters: do not read them again, wider")
    add("--min-confidence", type=_share, help="list the lines below it (0 to 1) for review")
    add("--sheet", type=_png, help="PNG to draw some of the lines into, with what was read")
    return parser.parse_args(argv)


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not a confidence from 0 to 1")
    return value


def _png(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in ("", ".png"):  # a program may believe another suffix
        raise argparse.ArgumentTypeError(f"{text}: a sheet is a .png file")
    return path


@contextmanager
def resumable(output: Path) -> Iterator[None]:
    """An output that Windows does not let us replace is no reason to read everything again."""
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
    from ppocr_ext.infer.sources import open_source
    from ppocr_ext.runs.model import find_model

    model = find_model(options.model, "published", "--model")
    images, output = images_and_output(model, options.images, options.output)
    format_name = format_of(output, options.format)
    source = open_source(images)
    read = inputs_of(model, images, source, options.language_model)
    check_outputs(output, options.sheet, read)
    check_beside(beside(output, source.has_truth, options.min_confidence))
    recognizer = Recognizer(
        model,
        engine=options.engine,
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
