"""Every kind of file that is written of read pages: its name, and what writes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ppocr_ext.files import replacing
from ppocr_ext.outputs import put
from ppocr_ext.pages.markup import alto, hocr
from ppocr_ext.pages.page import PageText
from ppocr_ext.pages.pictures import write_overlays
from ppocr_ext.pages.searchable import write_pdf
from ppocr_ext.pages.sources import PageTask, Pictures

Rows = Sequence[tuple[PageTask, PageText]]


class Format(NamedTuple):
    """suffix: of the output; write: an output of pages, gives the paths that it wrote."""

    suffix: str
    write: Callable[[list[Path], Rows, Pictures], list[Path]]

    def paths(self, stem: Path, count: int) -> list[Path]:
        """The outputs of so many pages: one, or of pictures one each, ``stem_1.overlay.jpg``."""
        if self.write is not write_overlays or count == 1:
            return [stem.with_name(f"{stem.name}{self.suffix}")]
        return [stem.with_name(f"{stem.name}_{n}{self.suffix}") for n in range(1, count + 1)]


def text_of(pages: Iterable[PageText]) -> Iterator[str]:
    """The text of each page, a form feed between two of them."""
    for number, page in enumerate(pages):
        yield ("\f" if number else "") + page.text()


def row_of(page: PageText) -> str:
    """A page as JSON in one line."""
    return json.dumps(page.record(), ensure_ascii=False)


def json_of(pages: Iterable[PageText]) -> Iterator[str]:
    """``{"pages": [record, …]}``, a page a line."""
    yield '{"pages": ['
    for number, page in enumerate(pages):
        yield (",\n" if number else "\n") + row_of(page)
    yield "\n]}\n"


def _text(suffix: str, parts: Callable[[Iterable[PageText]], Iterator[str]]) -> Format:
    def write(paths: list[Path], pages: Rows, pictures: Pictures) -> list[Path]:
        with replacing(paths[0], put=put) as stream:
            stream.writelines(parts(page for _, page in pages))
        return paths

    return Format(suffix, write)


FORMATS = {
    "txt": _text(".txt", text_of),
    "json": _text(".json", json_of),
    "hocr": _text(".hocr", hocr),
    "alto": _text(".alto.xml", alto),
    "overlay": Format(".overlay.jpg", write_overlays),
    "pdf": Format(".pdf", write_pdf),
}
