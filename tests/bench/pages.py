"""Whole pages beside their text: ours, RapidOCR's own pipeline with our model, and Tesseract.

All take one thread and read the same page one after the other, so that a machine's load is the
same for each. CER is in reading order; lineCER takes each line of the text at its best stretch
anywhere in the reading; wordF1 compares bags of words. Then the command reads all of them on one
processor, on all, and by processes.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import cv2
import numpy as np
from rapidfuzz.distance import Levenshtein

from ppocr_ext.errors import UserError
from ppocr_ext.pages.reader import PageReader, ReaderOptions
from ppocr_ext.runtime import REPOSITORY, usable_processors
from ppocr_ext.show.tables import markdown_table
from ppocr_ext.text.unicode import normalize

_SAME = {**dict.fromkeys("“”„«»", '"'), **dict.fromkeys("‘’`´", "'"), **dict.fromkeys("–—−‐‑", "-")}
_SAME |= {"×": "x", "…": "...", **dict.fromkeys("•●▪❖✓➢\u200b", "")}
_A4 = 11.69  # inches of the long side, by which a picture's resolution is guessed
Read = Callable[[Path], str]


class Scores(NamedTuple):
    """Numbers of characters and words of pages, and the processor's seconds for them."""

    characters: int = 0
    edits: int = 0
    line_characters: int = 0
    line_edits: int = 0
    words: int = 0
    both: int = 0
    seconds: float = 0.0
    pages: int = 0

    def and_(self, other: Scores) -> Scores:
        return Scores(*map(sum, zip(self, other, strict=True)))

    def cells(self) -> list[str]:
        return [
            f"{self.edits / max(1, self.characters):.4f}",
            f"{self.line_edits / max(1, self.line_characters):.4f}",
            f"{2 * self.both / max(1, self.words):.4f}",
            f"{self.seconds / max(1, self.pages):.2f}",
        ]


def measure(folder: Path) -> str:
    """Markdown: each kind of page, by what follows the first ``_`` of its name, and all.

    folder: ``NAME.png`` with ``NAME.txt`` beside it.
    """
    pages = [page for page in sorted(folder.glob("*.png")) if page.with_suffix(".txt").is_file()]
    if not pages:
        raise UserError(f"{folder} holds no pages", "NAME.png with NAME.txt beside it")
    cv2.setNumThreads(1)
    engines = {name: read for name, read in _engines().items() if read is not None}
    found: dict[tuple[str, str], Scores] = defaultdict(Scores)
    for page in pages:
        truth = page.with_suffix(".txt").read_text("utf-8")
        kind = page.stem.partition("_")[2] or "others"
        for name, read in engines.items():
            start = _processor_seconds()
            text = read(page)
            seconds = _processor_seconds() - start
            score = score_page(truth, text)._replace(seconds=seconds)
            for key in (kind, "all"):
                found[key, name] = found[key, name].and_(score)
    kinds = sorted({kind for kind, _ in found} - {"all"})
    rows = [
        [kind, name, str(found[kind, name].pages), *found[kind, name].cells()]
        for kind in (*kinds, "all")
        for name in engines
    ]
    head = ("pages", "engine", "n", "CER", "lineCER", "wordF1", "CPU s/page")
    return markdown_table(head, rows, is_markdown=True) + "\n\n" + side_by_side(pages)


def side_by_side(pages: Sequence[Path]) -> str:
    """Markdown: pages a second of the whole command, its start left out, best of two in turn."""
    every = usable_processors()
    ways = {
        "1": ["--threads", "1"],
        str(every): [],
        f"{every} processes": ["--workers", str(every)],
    }
    rates = dict.fromkeys(ways, 0.0)
    tool = REPOSITORY / "tools" / "read_pages.py"
    for name in [*ways, *ways]:
        with TemporaryDirectory() as folder:
            command = [sys.executable, tool, *pages, "--output", folder, *ways[name]]
            said = subprocess.run(command, capture_output=True, text=True, encoding="utf-8").stdout
        seconds = re.match(r"read .* in ([\d.]+) s", said)
        if seconds is None:
            raise UserError(f"no page was read: {said}")
        rates[name] = max(rates[name], len(pages) / float(seconds[1]))
    rows = [[name, f"{rate:.2f}", f"{rate / rates['1']:.2f}"] for name, rate in rates.items()]
    return markdown_table(("processors", "pages/s", "times one"), rows)


def score_page(truth: str, reading: str) -> Scores:
    """One page, its time left out."""
    expected, read = _folded(truth), _folded(reading)
    lines = [line for line in map(_folded, truth.splitlines()) if line]
    bags = Counter(expected.split()), Counter(read.split())
    return Scores(
        len(expected),
        Levenshtein.distance(expected, read),
        sum(map(len, lines)),
        sum(_least_edits(line, read) for line in lines),
        bags[0].total() + bags[1].total(),
        (bags[0] & bags[1]).total(),
        pages=1,
    )


def _folded(text: str) -> str:
    """NFC, one form of quotes and dashes, without bullets, leaders and runs of spaces."""
    text = "".join(_SAME.get(c, c) for c in normalize(text) if not "\ue000" <= c <= "\uf8ff")
    text = re.sub(r"([.…_] ){3,}", " ", re.sub(r"[.…_\-]{3,}", " ", text))
    return " ".join(text.split())


def _least_edits(line: str, page: str) -> int:
    """Edits between a line and the stretch of the page that is nearest to it."""
    characters = np.frombuffer(page.encode("utf-32-le"), np.uint32)
    steps = np.arange(len(characters) + 1)
    row = np.zeros(len(characters) + 1, np.int64)
    for number, character in enumerate(line, 1):
        after = row + 1
        after[0] = number
        after[1:] = np.minimum(after[1:], row[:-1] + (characters != ord(character)))
        row = np.minimum.accumulate(after - steps) + steps
    return int(row.min())


def _engines() -> dict[str, Read | None]:
    ours = PageReader(ReaderOptions(threads=1))
    return {
        "this product": lambda page: "\f".join(each.text() for each in ours.read(page)),
        "RapidOCR, our model": _rapidocr(ours.recognizer.folder),
        "Tesseract vie": _tesseract if shutil.which("tesseract") else None,
    }


def _rapidocr(model: Path) -> Read:
    """Its own pipeline: rows from top to bottom, without the classifier that turns lines round."""
    from rapidocr import RapidOCR

    options = {
        "Rec.model_path": str(model / "inference.onnx"),
        "Global.use_cls": False,
        "Global.log_level": "error",
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    }
    engine = RapidOCR(params=options)
    return lambda page: "\n".join(engine(str(page)).txts or ())


def _tesseract(page: Path) -> str:
    dpi = round(max(cv2.imread(str(page)).shape) / _A4)
    command: Sequence[str] = ("tesseract", str(page), "-", "-l", "vie", "--psm", "3")
    settings = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    found = subprocess.run(
        [*command, "--dpi", str(dpi)], env=settings, capture_output=True, check=True
    )
    return found.stdout.decode("utf-8")


def _processor_seconds() -> float:
    """Of this process and of the children that have ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system
