"""What a read page becomes on disk: a record that loses nothing, the text, the JSON of a file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from ppocr_ext.pages.page import Page, PageLine, PageText

PAGE_END = "\f"


def text_of(pages: Sequence[PageText]) -> str:
    """The text of pages, a form feed between two of them."""
    return PAGE_END.join(page.text() for page in pages)


def record_of(page: PageText) -> dict[str, Any]:
    """One page as JSON takes it; without its picture."""
    facts = {each.name: getattr(page.page, each.name) for each in fields(Page)}
    del facts["image"]
    lines = [
        {each.name: getattr(line, each.name) for each in fields(PageLine)} for line in page.lines
    ]
    for line in lines:
        line["confidence"] = round(line["confidence"], 4)
    return {**facts, "error": page.error, "lines": lines}


def page_of(record: dict[str, Any]) -> PageText:
    """The page of a record."""
    facts = {each.name: record[each.name] for each in fields(Page) if each.name != "image"}
    lines = tuple(
        PageLine(**{**line, "quad": tuple((x, y) for x, y in line["quad"])})
        for line in record["lines"]
    )
    return PageText(Page(**facts), lines, record["error"])


def row_of(page: PageText) -> str:
    """A record in one line."""
    return json.dumps(record_of(page), ensure_ascii=False) + "\n"


def json_of(pages: Sequence[PageText]) -> str:
    """``{"pages": [record, …]}``, a page a line."""
    rows = ",\n".join(row_of(page).rstrip("\n") for page in pages)
    return f'{{"pages": [\n{rows}\n]}}\n'
