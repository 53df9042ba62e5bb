"""What the reader of the logs noticed."""

from __future__ import annotations

from ppocr_ext.report.formats import count
from ppocr_ext.report.report import Finding, Report


def steps_twice(report: Report) -> Finding | None:
    """A resume began before the end of what was logged: the later lines count."""
    overlaps = report.history.overlaps
    if not overlaps:
        return None
    last = overlaps[-1]
    return Finding(
        "steps_twice",
        "info",
        "Steps trained twice",
        f"{len(overlaps)} time(s); last from step {count(last.first)} to {count(last.last)} "
        f"({count(last.lines)} lines of the log)",
        "The later ones are shown. Save more often to lose less (Global.save_step).",
    )


def steps_restarted(report: Report) -> Finding | None:
    """Stock PaddleOCR counts from 0 after a resume."""
    offset = report.history.offset
    if not offset:
        return None
    return Finding(
        "steps_restarted",
        "info",
        "The step counter began again",
        f"the log counts from 0 after the last resume; {count(offset)} steps are added here",
        "Stock PaddleOCR does not restore global_step (issue 18108), and its learning rate may "
        "start anew as well.",
    )


def printed_twice(report: Report) -> Finding | None:
    """Two handlers write each line."""
    kinds = report.history.account.kinds
    if kinds["repeated line"] < 3:
        return None
    return Finding(
        "printed_twice",
        "info",
        "Lines are in the log twice",
        f"{count(kinds['repeated line'])} lines repeat the one before; each was counted once",
    )


def damaged_lines(report: Report) -> Finding | None:
    """Lines that could not be read, or only in part."""
    account = report.history.account
    parts = [f"{count(account.kinds[k])} {k}" for k in ("damaged", "cut") if account.kinds[k]]
    if not parts:
        return None
    examples = account.examples.get("damaged", []) + account.examples.get("cut", [])
    return Finding(
        "damaged_lines",
        "info",
        "Damaged lines in the log",
        f"{' and '.join(parts)} of {count(account.lines)} lines"
        + (f"; the first: {examples[0][:80]}" if examples else ""),
        "Only complete numbers of them are used.",
    )
