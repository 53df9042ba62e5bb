"""Measure speed and memory beside what they are compared with.

python tools/benchmark.py data            readers beside PaddleOCR's, on output/data/quick
python tools/benchmark.py data --labels train.txt --data-dir images
python tools/benchmark.py infer           our recogniser beside others, its start and its memory
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ppocr_ext.errors import UserError, run_cli
from ppocr_ext.runtime import REPOSITORY

if TYPE_CHECKING:
    from ppocr_ext.benchmark.row import Row

QUICK = REPOSITORY / "output" / "data" / "quick"


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = parser.add_subparsers(dest="part", required=True)
    data = parts.add_parser("data", help="readers, memory, checks")
    data.add_argument("--labels", type=Path, default=QUICK / "train.txt")
    data.add_argument("--data-dir", type=Path, help="folder of the images (default: the file's)")
    data.add_argument("--dict", type=Path, default=REPOSITORY / "dicts" / "vi_dict.txt")
    data.add_argument("--lines", type=int, default=1000, help="lines that are read")
    data.set_defaults(measure=_data)
    infer = parts.add_parser("infer", help="recognisers, latency, start, memory")
    infer.add_argument("--model", help="run folder or exported folder (default: newest run)")
    infer.add_argument("--images", default=str(QUICK / "val.txt"), help="as for infer_rec.py")
    infer.add_argument("--lines", type=int, default=200, help="lines that each recogniser reads")
    infer.add_argument(
        "--memory-lines", type=int, default=20_000, help="images read to see memory grow; 0: none"
    )
    infer.set_defaults(measure=_infer)
    return parser.parse_args(arguments)


def main() -> int:
    options = parse()
    from ppocr_ext.benchmark.row import format_rows

    rows = options.measure(options)
    print(format_rows(rows))
    return 0 if all(row.met for row in rows) else 1


def _data(options: argparse.Namespace) -> list[Row]:
    if not options.labels.is_file():
        raise UserError(
            f"label file {options.labels} does not exist",
            "the lines to read",
            "make them with: python tools/make_data.py",
        )
    from ppocr_ext.runtime import prepare_cpu

    prepare_cpu(threads=1)
    from ppocr_ext.benchmark.data import measure

    folder = options.data_dir or options.labels.parent
    return measure(options.labels, folder, options.dict, options.lines)


def _infer(options: argparse.Namespace) -> list[Row]:
    from ppocr_ext.runtime import prepare_cpu

    prepare_cpu()
    from ppocr_ext.benchmark.infer import measure
    from ppocr_ext.export.choose import newest_run

    model = options.model or newest_run()
    return measure(model, options.images, options.lines, options.memory_lines)


if __name__ == "__main__":
    sys.exit(run_cli(main))
