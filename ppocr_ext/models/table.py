"""The table of the networks in ``configs/models``: ``python -m ppocr_ext.models.table``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from ppocr_ext.config import load_config
from ppocr_ext.files import read_text, write_text
from ppocr_ext.runtime import REPOSITORY, prepare_cpu
from ppocr_ext.show.tables import markdown_row, markdown_table
from ppocr_ext.text.charset import Charset

FOLDER = REPOSITORY / "configs" / "models"
TABLE = FOLDER / "README.md"
BATCH, CHARACTERS = 8, 25
_INTRODUCTION = """\
# Networks

Each file can be combined with any recipe: `_base_: [rec_quick.yml, models/medium.yml]`.

Made by `python -m ppocr_ext.models.table`; `--check` verifies all but the speeds.
All numbers are of the single-branch form (`form: fused`), with {classes} classes. GFLOPs:
for a line of 48x320 pixels and, with a decoder, {characters} characters; two operations for each
multiplication in convolutions and linear layers. Training and reading: such lines in a second of
one CPU thread, {batch} at a time, with Paddle's dynamic graph.

A network whose main head is a decoder reads like the others (`infer_rec.py`, `eval.py`,
`Recognizer`). Its export holds the decoder's loop in Paddle's graph, for Paddle's engine only:
there is no `inference.onnx`. It writes a blank after each character, as CTC does, so PaddleOCR 3.x
can read with it, too. `publish_model.py` refuses it.

"""
_HEAD = ("file", "network", "parameters", "GFLOPs", "training", "reading")


def main(arguments: list[str] | None = None) -> int:
    """Write the table, or compare it with the networks; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit code 1 when it is out of date")
    options = parser.parse_args(arguments)
    prepare_cpu(threads=1)
    if options.check:
        stale = stale_rows(read_text(TABLE), [row for row, _ in rows()])
        print("\n".join(stale) or f"{TABLE.name} is up to date")
        return 1 if stale else 0
    write_text(TABLE, table())
    print(f"wrote {TABLE}")
    return 0


def table() -> str:
    """The text of ``configs/models/README.md``; measures, so it takes a minute or two."""
    from ppocr_ext.models.cost import reading_speed, training_speed

    classes = _charset().num_classes
    text = _INTRODUCTION.format(classes=classes, characters=CHARACTERS, batch=BATCH)
    measured = []
    for cells, network in rows():
        speeds = training_speed(network, BATCH), reading_speed(network, BATCH)
        measured.append([*cells, *(f"{speed:.1f}" for speed in speeds)])
    return text + markdown_table(_HEAD, measured, is_markdown=True) + "\n"


def stale_rows(text: str, cells: Sequence[Sequence[str]]) -> list[str]:
    """How ``text`` differs from rows of these ``cells``, one line each, without the speeds."""
    wanted = [markdown_row(each).removesuffix(" |") for each in cells]
    written = [line for line in text.splitlines() if line.startswith("| [")]
    missing = [row for row in wanted if not any(line.startswith(row + " |") for line in written)]
    stale = [line for line in written if not line.startswith(tuple(wanted))]
    return [f"missing: {row}" for row in missing] + [f"stale: {line}" for line in stale]


def rows() -> Iterator[tuple[list[str], Any]]:
    """Of each preset the cells that do not depend on the machine, and its network, fused."""
    from ppocr_ext.models.build import build_network
    from ppocr_ext.models.cost import multiplications, parameters

    for path in sorted(FOLDER.glob("*.yml")):
        architecture = load_preset(path)["Architecture"]
        head, backbone = architecture["Head"], architecture["Backbone"]
        if "max_text_length" in head:
            head["max_text_length"] = CHARACTERS
        network = build_network({**architecture, "form": "fused"}, _charset().num_classes)
        parts = [backbone["name"], backbone.get("model_size", ""), head["name"]]
        numbers = parameters(network) / 1e6, 2 * multiplications(network) / 1e9
        link = f"[{path.name}]({path.name})"
        words = " ".join(filter(None, parts))
        yield [link, words, f"{numbers[0]:.2f} M", f"{numbers[1]:.2f}"], network


def load_preset(path: Path) -> dict[str, Any]:
    """A config of this folder on ``base_rec.yml``, every key written."""
    with tempfile.TemporaryDirectory() as folder:
        joined = Path(folder) / "preset.yml"
        bases = [REPOSITORY / "configs" / "base_rec.yml", path]
        write_text(joined, yaml.safe_dump({"_base_": [base.as_posix() for base in bases]}))
        return load_config(joined).tree


def _charset() -> Charset:
    return Charset.load(REPOSITORY / "dicts" / "vi_dict.txt")


if __name__ == "__main__":
    sys.exit(main())
