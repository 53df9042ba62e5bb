"""A measured value beside its goal, and tables of such rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ppocr_ext.show.tables import markdown_table


class Row(NamedTuple):
    """One line of a benchmark's table."""

    what: str
    measured: str
    goal: str
    met: bool


def format_rows(rows: Sequence[Row]) -> str:
    """A Markdown table."""
    cells = [(what, measured, goal, "yes" if met else "no") for what, measured, goal, met in rows]
    return markdown_table(("what", "measured", "goal", "met"), cells, is_markdown=True)
