"""Label lines or pages in the browser: train.txt, val.txt and Label.txt.

FOLDER holds pages or PDFs, pictures of lines, or an import of import_labels.py; a label file does,
too. The model reads drafts while people confirm and correct. Each action is on the disk before the
page says "saved": FOLDER/labelling/log.jsonl. Label files are written from it at pauses and at the
end, pages as crops in FOLDER/labelling, Label.txt for PPOCRLabel beside them. The page shows the
command that trains on them; then start label.py again, or leave it running: what nobody labelled
is read again with the better model.

examples:
  python tools/label.py scans
  python tools/label.py output/data/quick/val.txt --order random
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ppocr_ext.cli.options import add_model, count, make_parser, share
from ppocr_ext.packages import require_package
from ppocr_ext.runtime import prepare_cpu


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = make_parser(__doc__, usage="FOLDER [options]")
    add = parser.add_argument
    add("folder", type=Path, metavar="FOLDER", help="what is labelled, see above")
    add(
        "--kind",
        choices=("auto", "lines", "pages"),
        default="auto",
        help="what its pictures are (auto: by their shapes, when it is opened first)",
    )
    add(
        "--order",
        choices=("uncertain", "page", "random"),
        default="uncertain",
        help="which lines come first; random: the first 50 are a fair evaluation",
    )
    add_model(parser, "the one that workspace.py improve made of FOLDER, else the published one")
    add(
        "--val",
        type=share,
        default=0.1,
        metavar="SHARE",
        help="of new lines, by a hash of their pages' names, that go to val.txt",
    )
    add("--port", type=count, default=0, metavar="N", help="(default: 8777, or as the last time)")
    add(
        "--lan",
        action="store_true",
        help="let other machines of the network in; prints an address that may only look, too",
    )
    add("--no-browser", action="store_true", help="print the address, open nothing")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    for package in ("starlette", "uvicorn"):
        require_package(package)
    prepare_cpu()
    from ppocr_ext.labelling.serve import serve
    from ppocr_ext.runs.model import find_model

    if options.model is not None:
        find_model(options.model, option="--model")
    serve(options)
    return 0
