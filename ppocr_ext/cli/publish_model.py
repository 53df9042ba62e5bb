"""Publish a run: its weights, the exported model, scores, records and a model card, in one folder.

    python tools/publish_model.py --model output/vi_rec --data receipts=receipts/val.txt

Reads the public synthetic test, which is made if it is not there, and the label files of --data, of
which names and scores alone are published. Nothing is replaced before everything is proved.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ppocr_ext.outputs import check_folder
from ppocr_ext.runtime import PUBLISHED, REPOSITORY, prepare_cpu

OUTPUT = REPOSITORY / "output" / PUBLISHED.name
DATA = REPOSITORY / "output" / "data"


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--model", help="run folder or checkpoint prefix (default: newest run)")
    add("--output", type=Path, default=OUTPUT, help=f"default: output/{PUBLISHED.name}")
    add(
        "--data",
        nargs="+",
        default=[],
        type=_named,
        metavar="NAME=PATH",
        help="label files to score beside the synthetic test",
    )
    add("--no-test", action="store_true", help="without the synthetic test")
    return parser.parse_args(arguments)


def _named(text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not (name and equals and path):
        raise argparse.ArgumentTypeError(f"{text} is not NAME=PATH")
    return name, Path(path)


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    check_folder("--output", options.output)
    prepare_cpu()
    from ppocr_ext.export.publish import require_replaceable
    from ppocr_ext.publishing.publish import FILES, publish
    from ppocr_ext.runs.model import find_model

    require_replaceable(options.output, FILES)

    parts = {} if options.no_test else _test_parts()
    model = find_model(options.model, option="--model")
    published = publish(model, options.output, parts, dict(options.data), warn=_warn)
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
