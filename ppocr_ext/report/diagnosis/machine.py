"""Rules about the machine: checkpoints and the disk, speed, heat and memory."""

from __future__ import annotations

import statistics

from ppocr_ext.checkpoint.checkpoint import LATEST
from ppocr_ext.records.records import value
from ppocr_ext.report.diagnosis.series import last_part, numbers, since_swap, slope, typical
from ppocr_ext.report.forecast import seconds_per_step
from ppocr_ext.report.report import Finding, Report
from ppocr_ext.report.trends import reader_share
from ppocr_ext.show.formats import count, duration, moment, size

HOT = 83  # °C: GPUs lower their clock from about here
WAITING = 0.25  # part of the time


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
        f"A resume uses the newest intact one automatically: {report.disk.resumes_from}."
        if report.disk.resumes_from
        else f"Intact: {', '.join(intact)}."
        if intact
        else "No intact checkpoint is left here: restore one from a copy or from the mirror.",
    )


def not_updated(report: Report) -> Finding | None:
    """``latest`` is much older than the step that the log has reached."""
    latest, last = report.disk.find(LATEST), report.history.train.last
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


def waits_for_data(report: Report) -> Finding | None:
    """The device waits for the readers."""
    recent = last_part(report.train)
    shares = [share for p in recent if (share := reader_share(p.values)) is not None]
    share = statistics.median(shares) if shares else 0.0
    if share < WAITING:
        return None
    reader, batch = typical(recent, "avg_reader_cost"), typical(recent, "avg_batch_cost")
    return Finding(
        "waits_for_data",
        "warning" if share > 0.4 else "info",
        "Training waits for data",
        f"avg_reader_cost {reader:.3f} s of avg_batch_cost {batch:.3f} s ({share:.0%}) since step "
        f"{count(recent[0].step)}: without it, {1 / (1 - min(share, 0.95)):.1f} times as fast",
        "Raise Train.loader.num_workers to the number of processor cores"
        + ("" if report.is_ours else " (stock PaddleOCR on Windows uses 0)")
        + "; put the data on a local SSD; RecAug costs ten times as much as decoding.",
    )


def throttled(report: Report) -> Finding | None:
    """The hardware slows itself down."""
    told = [p for p in report.train if value(p, "gpu_throttled")]
    events = [e for e in report.history.events if e.name == "throttled"]
    recent = last_part(report.train)
    temperature = typical(recent, "gpu_temp")
    if not told and not events and (temperature is None or temperature < HOT):
        return None
    seen = []
    if told or events:
        first, last = (told or events)[0].step, (told or events)[-1].step
        seen.append(f"the GPU reported it from step {count(first)} to {count(last)}")
    if temperature is not None:
        seen.append(f"{temperature:.0f} °C since step {count(recent[0].step)}")
    return Finding(
        "throttled",
        "warning",
        "The GPU is slowed down by heat or power",
        "; ".join(seen),
        "Better cooling, a free air inlet, or a power limit (nvidia-smi -pl) at which it keeps its "
        "clock; the results are not affected.",
    )


def slower(report: Report) -> Finding | None:
    """Much slower than it was."""
    train = since_swap(report, report.train, "Train.", "Architecture", "Global.accumulation")
    speeds = [p for p in train if value(p, "ips") is not None]
    if len(speeds) < 20:
        return None
    usual, recent = typical(speeds, "ips") or 0.0, last_part(speeds)
    now = typical(recent, "ips") or 0.0
    if now > 0.6 * usual:
        return None
    return Finding(
        "slower",
        "info",
        "Slower than before",
        f"{now:.1f} lines a second since step {count(recent[0].step)}, usually {usual:.1f}",
        "Look for other programs on the machine, heat, or a full disk cache.",
    )


def memory_grows(report: Report) -> Finding | None:
    """The process takes ever more memory."""
    points = [p for p in report.train if value(p, "host_mem_mb") is not None]
    later = points[len(points) // 4 :]  # buffers and caches fill at first
    memory = numbers(later, "host_mem_mb")
    rise = slope(later, "host_mem_mb")
    if len(memory) < 20 or rise is None or rise < 0.5 * memory[0]:
        return None
    free = value(later[-1], "host_free_mb")
    return Finding(
        "memory_grows",
        "warning",
        "The process takes more and more memory",
        f"{memory[0]:.0f} MB at step {count(later[0].step)}, {memory[-1]:.0f} MB at step "
        f"{count(later[-1].step)}" + (f"; {free:.0f} MB are free" if free is not None else ""),
        "Fewer workers, a smaller prefetch; resume once a day until the cause is found.",
    )
