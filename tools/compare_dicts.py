"""Compare PaddleOCR's dictionaries on Vietnamese: make the table of dicts/README.md anew."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ppocr_ext.console import tool_command
from ppocr_ext.errors import UserError, run_cli
from ppocr_ext.runtime import REPOSITORY


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Reads the dictionaries that installed packages hold; others keep their row.",
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit code 2 if the table is stale"
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    from ppocr_ext.files import read_text, write_text
    from ppocr_ext.text.compare import rewrite

    page = REPOSITORY / "dicts" / "README.md"
    old = read_text(page)
    new, absent = rewrite(old, REPOSITORY / "dicts" / "vi_dict.txt")
    for source in absent:
        print(f"not installed, row kept: {source.name} ({source.package})")
    if new == old:
        print(f"{page} is up to date")
    elif options.check:
        raise UserError(f"the table in {page} is stale", cure=tool_command("compare_dicts.py"))
    else:
        write_text(page, new)
        print(f"made anew: {page}")
    return 0


if __name__ == "__main__":
    sys.exit(run_cli(main))
