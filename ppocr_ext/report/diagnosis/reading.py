"""What the reader of the logs noticed."""

from __future__ import annotations

from ppocr_ext.console import tool_command
from ppocr_ext.records.patterns import SHIPPED
from ppocr_ext.report.report import Finding, Report
from ppocr_ext.show.formats import count

LEAST_UNKNOWN = 10  # lines


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
        "The later ones are shown. "
        + (
            "Lower Global.save_step to lose less."
            if report.is_ours
            else "Stock PaddleOCR saves at the end of an epoch; tools/train.py saves every "
            "Global.save_step steps and continues with the very next one."
        ),
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
        "start from the beginning as well.",
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


def not_understood(report: Report) -> Finding | None:
    """Most of the log is of a form that nothing here knows."""
    kinds, examples = report.history.account.kinds, report.history.account.examples
    known = sum(kinds[kind] for kind in ("train", "eval", "event", "repeated line", "cut"))
    if kinds["unknown"] < max(known, LEAST_UNKNOWN):
        return None
    log = report.source.logs[0] if report.source.logs else report.source.folder
    command = tool_command("report_card.py", log, "--patterns", "own.yml")
    return Finding(
        "not_understood",
        "warning" if kinds["unknown"] > 4 * known else "info",
        "Most lines of the log are not understood",
        f"{count(kinds['unknown'])} of {count(report.history.account.lines)}; the first: "
        + " | ".join(line[:80] for line in examples.get("unknown", [])),
        f"If they hold numbers of the training, describe them in own.yml as {SHIPPED.as_posix()} "
        f"does, then run: {command}",
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
