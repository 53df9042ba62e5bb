"""Measure speed and memory beside what they are compared with.

python tools/benchmark.py data            readers beside PaddleOCR's, on output/data/quick
python tools/benchmark.py data --labels train.txt --data-dir images
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ppocr_ext.errors import UserError, run_cli
from ppocr_ext.runtime import REPOSITORY

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
    return parser.parse_args(arguments)


def main() -> int:
    options = parse()
    if not options.labels.is_file():
        raise UserError(
            f"label file {options.labels} does not exist",
            "the lines to read",
            "make them with: python tools/make_data.py",
        )
    from ppocr_ext.benchmark.data import measure
    from ppocr_ext.benchmark.row import format_rows
    from ppocr_ext.runtime import prepare_cpu

    prepare_cpu(threads=1)
    folder = options.data_dir or options.labels.parent
    rows = measure(options.labels, folder, options.dict, options.lines)
    print(format_rows(rows))
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(run_cli(main))
