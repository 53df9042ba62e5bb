"""Publish a run: its weights, the exported model, scores, records and a model card, in one folder.

Reads the public synthetic test, which is made if it is not there, and the label files of --labels,
of which only names and scores are published. Nothing is replaced before everything is verified.

examples:
  python tools/publish_model.py
  python tools/publish_model.py --output output/my_model --labels quick=output/data/quick/val.txt
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ppocr_ext.cli.options import add_labels, add_model, add_output, make_parser, parsed
from ppocr_ext.outputs import check_folder
from ppocr_ext.runtime import prepare_cpu

DATA = Path("output", "data")
FORMER = {"--data": "--labels"}


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = make_parser(__doc__)
    add_model(parser, reads=False)
    add_output(parser, "folder (default: output/<run>_published)")
    add_labels(
        parser,
        "scored beside the synthetic test, each with its name on the card (default: none)",
        type=_named,
        metavar="NAME=FILE",
    )
    parser.add_argument("--no-test", action="store_true", help="do not score the synthetic test")
    return parsed(parser, arguments, FORMER)


def _named(text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not (name and equals and path):
        raise argparse.ArgumentTypeError(f"{text} is not NAME=FILE")
    return name, Path(path)


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    check_folder("--output", options.output)
    prepare_cpu()
    from ppocr_ext.export.publish import require_replaceable
    from ppocr_ext.publishing.publish import FILES, publish
    from ppocr_ext.runs.model import find_model
    from ppocr_ext.runs.run import ROOT

    model = find_model(options.model, option="--model")
    folder = options.output or ROOT / f"{model.run.name}_published"
    require_replaceable(folder, FILES)
    print(model.describe())
    parts = {} if options.no_test else _test_parts()
    published = publish(model, folder, parts, dict(options.labels), warn=_warn)
    print(published.describe())
    return 0


def _test_parts() -> dict[str, Path]:
    """The label files of the synthetic test, made where they are missing."""
    from ppocr_ext.show.progress import progress
    from ppocr_ext.synth.dataset import write_dataset
    from ppocr_ext.synth.presets import TEST_PARTS, load_preset

    for name in TEST_PARTS:
        with progress(f"drawing {name}") as advance:
            write_dataset(name, load_preset(name), DATA / name, progress=advance)
    return {name: DATA / name / "test.txt" for name in TEST_PARTS}


def _warn(text: str) -> None:
    print(f"warning: {text}", file=sys.stderr)
