"""How well the dictionaries that PaddleOCR's packages ship cover Vietnamese: makes the table of
``dicts/README.md``, ``python -m ppocr_ext.text.compare``."""

from __future__ import annotations

import argparse
import string
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from ppocr_ext.errors import UserError, run_cli
from ppocr_ext.files import read_text, write_text
from ppocr_ext.runtime import REPOSITORY
from ppocr_ext.show.tables import markdown_table
from ppocr_ext.text.charset import Charset
from ppocr_ext.text.letters import VIETNAMESE_LETTERS

_UTILS = "ppocr/utils"


class Source(NamedTuple):
    """A dictionary inside an installed package: its name in the table and where it is."""

    name: str
    package: str
    file: str


SOURCES = (
    Source("PP-OCRv6 small", "rapidocr", "models/PP-OCRv6_rec_small.onnx"),
    Source("ppocrv4_doc_dict", "unstructured_paddleocr", f"{_UTILS}/dict/ppocrv4_doc_dict.txt"),
    Source("ppocr_keys_v1", "unstructured_paddleocr", f"{_UTILS}/ppocr_keys_v1.txt"),
    Source("latin_dict", "unstructured_paddleocr", f"{_UTILS}/dict/latin_dict.txt"),
    Source("french_dict", "unstructured_paddleocr", f"{_UTILS}/dict/french_dict.txt"),
    Source("vi_dict", "unstructured_paddleocr", f"{_UTILS}/dict/vi_dict.txt"),
    Source("en_dict", "unstructured_paddleocr", f"{_UTILS}/en_dict.txt"),
)


class Coverage(NamedTuple):
    """What a dictionary holds of what a Vietnamese line is written with."""

    lines: int
    letters: int  # of the 134 in VIETNAMESE_LETTERS
    missing: str  # printable ASCII that it lacks, the space aside


def measure(charset: Charset) -> Coverage:
    """Count what ``charset`` covers."""
    ascii_characters = map(chr, range(0x21, 0x7F))
    return Coverage(
        lines=len(charset.characters),
        letters=sum(letter in charset for letter in VIETNAMESE_LETTERS),
        missing="".join(each for each in ascii_characters if each not in charset),
    )


def find(source: Source) -> Path | None:
    """Where an installed package keeps the dictionary; ``None`` when it is not there."""
    spec = find_spec(source.package)  # finds the folder without importing the package
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        if (path := Path(folder) / source.file).is_file():
            return path
    return None


def load(path: Path) -> Charset:
    """The dictionary in a text file, or in the ``character`` metadata of a RapidOCR model."""
    if path.suffix != ".onnx":
        return Charset.load(path, strict=False)
    import onnx

    model = onnx.load(str(path), load_external_data=False)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    return Charset(metadata["character"].split("\n"))


_GROUPS = (
    ("digits", string.digits),
    ("signs", string.punctuation),
    ("letters", string.ascii_letters),
)


def row(name: str, package: str, coverage: Coverage) -> list[str]:
    """The cells under :data:`HEADING`, Markdown."""
    lacks = []
    for kind, group in _GROUPS:
        missing = [character for character in group if character in coverage.missing]
        if len(missing) == len(group):
            lacks.append(f"all {len(group)} {kind}")
        elif missing:
            lacks.append(f"`` {' '.join(missing)} ``".replace("|", "\\|"))
    numbers = str(coverage.lines), str(coverage.letters)
    return [name, package, *numbers, ", ".join(lacks) or "nothing"]


HEADING = (
    *("dictionary", "found in", "lines", "Vietnamese letters, of 134"),
    "printable ASCII it lacks",
)
BEGIN, END = "<!-- made by python -m ppocr_ext.text.compare -->", "<!-- end -->"


def rewrite(page: str, own: Path) -> tuple[str, list[Source]]:
    """The page with a new table between its markers, and the sources that are not installed.

    Their rows stay as they were. The last row is ``own``, this workspace's dictionary.
    """
    if BEGIN not in page or END not in page:
        raise UserError(
            "the page has no place for the table", f"{BEGIN} … {END}", "add these lines"
        )
    before, _, rest = page.partition(BEGIN)
    old, _, after = rest.partition(END)
    rows: list[list[str]] = []
    absent = []
    for source in SOURCES:
        if path := find(source):
            rows.append(row(source.name, source.package, measure(load(path))))
        else:
            absent.append(source)
            kept = [line[2:-2].split(" | ") for line in old.splitlines()]
            rows += [cells for cells in kept if cells[:2] == [source.name, source.package]]
    rows.append(row(f"**{own.stem}**", "this workspace", measure(Charset.load(own))))
    table = markdown_table(HEADING, rows, is_markdown=True)
    return f"{before}{BEGIN}\n{table}\n{END}{after}", absent


def main(arguments: list[str] | None = None) -> int:
    """Write the table, or compare it with the dictionaries; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Reads the dictionaries that installed packages hold; others keep their row.",
    )
    parser.add_argument("--check", action="store_true", help="exit code 1 when it is out of date")
    options = parser.parse_args(arguments)
    page = REPOSITORY / "dicts" / "README.md"
    old = read_text(page)
    new, absent = rewrite(old, REPOSITORY / "dicts" / "vi_dict.txt")
    for source in absent:
        print(f"not installed, row kept: {source.name} ({source.package})")
    if options.check:
        print(f"{page.name} is {'up to date' if new == old else 'out of date'}")
        return int(new != old)
    write_text(page, new)
    print(f"wrote {page}")
    return 0


if __name__ == "__main__":
    sys.exit(run_cli(main))
