"""A measured value beside its goal, and tables of such rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Row(NamedTuple):
    """One line of a benchmark's table."""

    what: str
    measured: str
    goal: str
    met: bool


def format_rows(rows: Sequence[Row]) -> str:
    """A Markdown table."""
    lines = ["| what | measured | goal | met |", "|---|---|---|---|"]
    for what, measured, goal, met in rows:
        lines.append(f"| {what} | {measured} | {goal} | {'yes' if met else 'no'} |")
    return "\n".join(lines)
