"""Rules about checkpoints and the disk."""

from __future__ import annotations

from ppocr_ext.report.forecast import seconds_per_step
from ppocr_ext.report.report import Finding, Report
from ppocr_ext.show.formats import count, duration, moment, size


def damaged_checkpoint(report: Report) -> Finding | None:
    """A file is missing, empty, or not what its manifest says."""
    damaged = [(one.name, line) for one in report.disk.checkpoints for line in one.damage]
    if not damaged:
        return None
    intact = [one.name for one in report.disk.checkpoints if not one.damage]
    return Finding(
        "damaged_checkpoint",
        "critical",
        "A checkpoint is damaged",
        "; ".join(line for _, line in damaged[:5]),
        f"A resume takes the newest intact one by itself: {report.disk.resumes_from}."
        if report.disk.resumes_from
        else f"Not damaged: {', '.join(intact)}."
        if intact
        else "No undamaged checkpoint is left here: restore one from a copy or from the mirror.",
    )


def not_updated(report: Report) -> Finding | None:
    """``latest`` is much older than the step that the log has reached."""
    latest, last = report.disk.find("latest"), report.history.train.last
    if latest is None or last is None or last.time is None:
        return None
    behind = last.time - latest.saved
    pace = seconds_per_step(report.history) or 0.0
    per_epoch = report.history.plan.steps_per_epoch or 0
    expected = max(1.5 * per_epoch * pace, 3600)
    if behind < expected:
        return None
    return Finding(
        "checkpoint_not_updated",
        "warning",
        "The checkpoint is not being updated",
        f"latest was saved {moment(latest.saved)}, {duration(behind)} before the last line of the "
        f"log (step {count(last.step)})",
        "A crash now loses all of that. "
        + (
            "Lower Global.save_step, and see that the disk is writable and not full."
            if report.is_ours
            else "Stock PaddleOCR saves at the end of an epoch only; tools/train.py saves every "
            "Global.save_step steps."
        ),
    )


def almost_full(report: Report) -> Finding | None:
    """Less space is left than a few checkpoints take."""
    sizes = [sum(file.size for file in one.files) for one in report.disk.checkpoints]
    if not sizes or report.disk.free >= 4 * max(sizes):
        return None
    return Finding(
        "disk_almost_full",
        "critical",
        "The disk is almost full",
        f"{size(report.disk.free)} are left, one checkpoint takes {size(max(sizes))}",
        "Delete old iter_epoch_* files"
        + (", or lower Global.keep_last." if report.is_ours else "."),
    )
