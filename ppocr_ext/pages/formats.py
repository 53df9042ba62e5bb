"""Every kind of file that is written of a read file: its name, and what writes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from ppocr_ext.files import write_text
from ppocr_ext.pages.markup import alto, hocr
from ppocr_ext.pages.page import PageText
from ppocr_ext.pages.pictures import overlay_paths, write_overlays
from ppocr_ext.pages.results import json_of, text_of
from ppocr_ext.pages.searchable import pdf_path, write_pdf
from ppocr_ext.pages.sources import PageTask, Pictures

Rows = Sequence[tuple[PageTask, PageText]]


class Format(NamedTuple):
    """paths: of the output ``stem`` with so many pages; write: gives the paths that it wrote."""

    paths: Callable[[Path, int], list[Path]]
    write: Callable[[Path, Rows, Pictures], list[Path]]


def _text(suffix: str, whole: Callable[[Sequence[PageText]], str]) -> Format:
    def paths(stem: Path, count: int) -> list[Path]:
        return [stem.with_name(f"{stem.name}{suffix}")]

    def write(stem: Path, pages: Rows, pictures: Pictures) -> list[Path]:
        (path,) = paths(stem, len(pages))
        write_text(path, whole([page for _, page in pages]))
        return [path]

    return Format(paths, write)


FORMATS = {
    "txt": _text(".txt", text_of),
    "json": _text(".json", json_of),
    "hocr": _text(".hocr", hocr),
    "alto": _text(".alto.xml", alto),
    "overlay": Format(overlay_paths, write_overlays),
    "pdf": Format(lambda stem, count: [pdf_path(stem)], write_pdf),
}
