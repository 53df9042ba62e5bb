"""Read whole pages, images and PDFs, into text in reading order.

PAGES are images, PDFs, folders of them, globs, or - for paths on standard input. letter.pdf becomes
letter.txt, with a form feed between its pages. Turned pages are read upright. Tables are read row
by row, with a tab between the cells of a row; their structure is not recovered. Exit code 3: some
pages could not be read (encrypted, damaged, blank, too large); each is reported with its reason,
and the others are read.

examples:
  python tools/read_pages.py letter.pdf --pages 1-3 --json
  python tools/read_pages.py scans --output texts --join
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ppocr_ext.cli.options import add_model, add_output, make_parser, positive, share
from ppocr_ext.errors import EXIT_UNREAD, UserError
from ppocr_ext.outputs import check_beside, check_folder, instead, remove_remains
from ppocr_ext.packages import require_package
from ppocr_ext.pages import MIN_CONFIDENCE
from ppocr_ext.runtime import prepare_cpu, usable_processors
from ppocr_ext.transforms import DPI, MAX_MEGAPIXELS


class _Too(argparse.Action):
    """Several options that are flags, in one list."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option: str | None = None) -> None:
        setattr(namespace, self.dest, [*getattr(namespace, self.dest), str(option)[2:]])


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = make_parser(__doc__, usage="PAGES [PAGES ...] [options]")
    add = parser.add_argument
    add("pages", nargs="+", metavar="PAGES", help="what to read, see above")
    add_output(parser, "folder to write (default: read/ beside the inputs)")
    flags: dict[str, Any] = {"dest": "too", "action": _Too, "nargs": 0, "default": []}
    add(
        *("--json", "--hocr", "--alto", "--overlay", "--pdf"),
        help="write this, too: boxes on pictures, searchable PDFs",
        **flags,
    )
    add("--label", "--crops", help="write label/: pages for PPOCRLabel, cut lines", **flags)
    add("--join", action="store_true", help="one text of all pages, as of photographs of a letter")
    add(
        "--min-confidence",
        type=share,
        metavar="SHARE",
        default=MIN_CONFIDENCE,
        help="lines below it, 0 to 1, are in the JSON, but not in the text",
    )
    add("--resume", action="store_true", help="continue an interrupted command")
    _add_files(add)
    _add_reading(add)
    add_model(parser, "the published model")
    return parser.parse_intermixed_args(argv)


def _add_files(add: Callable[..., argparse.Action]) -> None:
    """Which pages of the files, and how they become pictures."""
    add(
        "--pages",
        dest="numbers",
        type=page_numbers,
        metavar="NUMBERS",
        default=[],
        help="of each file, 1-3,7 or 5- (default: all)",
    )
    add("--password", help="of encrypted PDFs (default: none)")
    add(
        "--dpi",
        type=positive,
        metavar="N",
        help=f"at which PDFs are drawn (default: {DPI:.0f}; of a scan its own)",
    )
    add(
        "--text-layer",
        choices=("never", "auto"),
        default="never",
        help="auto: take a PDF's own text where it agrees with what is seen",
    )
    add(
        "--max-megapixels",
        type=positive,
        metavar="N",
        default=round(MAX_MEGAPIXELS),
        help="larger pictures are not read",
    )


def _add_reading(add: Callable[..., argparse.Action]) -> None:
    """How the pages are read."""
    add(
        "--order",
        choices=("auto", "rows"),
        default="auto",
        help="auto: columns where the page has them; rows: for receipts and tables",
    )
    add("--as-photographed", action="store_true", help="do not lay photographed sheets flat")
    add(
        "--detector",
        metavar="PATH",
        help="folder or .onnx of a PaddleOCR text detector (default: that of RapidOCR)",
    )
    add("--workers", type=positive, metavar="N", default=1, help="processes that read pages")
    add(
        "--threads",
        type=positive,
        metavar="N",
        help="pages at once of each process (default: all processors)",
    )
    add(
        "--engine",
        choices=("auto", "onnxruntime", "openvino", "paddle"),
        default="auto",
        help="what computes lines, as for infer_rec.py",
    )


def page_numbers(text: str) -> list[range]:
    """For ``argparse``: ``1-3,7`` or ``5-`` as ranges."""
    ranges = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d+)\s*(?:(-)\s*(\d+)?)?\s*", part)
        if match is None or int(match[1]) < 1:
            raise argparse.ArgumentTypeError(f"{text} is not like 1-3,7")
        first = int(match[1])
        last = int(match[3]) if match[3] else 1_000_000 if match[2] else first
        if last < first:
            raise argparse.ArgumentTypeError(f"{text} is not like 1-3,7")
        ranges.append(range(first, last + 1))
    return ranges


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    prepare_cpu()
    for package in ("rapidocr",) if options.detector is None else ():
        require_package(package)
    from ppocr_ext.infer.shards import Shard
    from ppocr_ext.pages.formats import FORMATS
    from ppocr_ext.pages.job import JOURNAL, JobOptions, read_pages
    from ppocr_ext.pages.reader import ReaderOptions
    from ppocr_ext.pages.searchable import require_ocrmypdf
    from ppocr_ext.pages.sources import find_pages
    from ppocr_ext.transforms.documents import Opening

    if "pdf" in options.too:
        require_ocrmypdf()
    opening = Opening(options.password, options.dpi, options.max_megapixels)
    check_folder("--output", options.output)
    pages = find_pages(options.pages, options.output, options.numbers, opening, options.join)
    formats, too = tuple(name for name in FORMATS if name in options.too), options.too
    job = JobOptions(formats, "label" in too, "crops" in too, options.resume, options.workers)
    outputs = job.outputs(pages)
    _check(outputs, {os.path.realpath(task.path) for task in pages.tasks})
    threads = options.threads or max(1, usable_processors() // options.workers)
    reader = ReaderOptions(
        model=options.model,
        engine=options.engine,
        threads=threads,
        detector=options.detector,
        order=options.order,
        min_confidence=options.min_confidence,
        straighten=not options.as_photographed,
        text_layer=options.text_layer,
        opening=opening,
    )
    shard = Shard.of_this_process()
    with shard.only_writer(pages.home / JOURNAL, pages.home):
        remove_remains(outputs if not shard.rank else ())
        summary = read_pages(pages, reader, job, shard)
    print(summary.describe(pages.passed_over))
    return EXIT_UNREAD if summary.unread.total or summary.unwritten.total else 0


def _check(outputs: Sequence[Path], inputs: set[str]) -> None:
    """Raise :class:`UserError` unless all can be written, and lose nothing that is there."""
    if same := next((path for path in outputs if os.path.realpath(path) in inputs), None):
        raise UserError(
            f"{same} would be replaced, but is read by this command",
            "another folder than that of the inputs",
            instead("--output", same.parent / "read"),
        )
    for folder in dict.fromkeys(path.parent for path in outputs):
        there = [path.name for path in outputs if path.parent == folder and os.path.lexists(path)]
        check_folder("--output", folder, there)
    check_beside(outputs)
