"""Rules about speed, heat and memory."""

from __future__ import annotations

import statistics

from ppocr_ext.records.records import value
from ppocr_ext.report.diagnosis.series import last_part, numbers, since_swap, slope, typical
from ppocr_ext.report.report import Finding, Report
from ppocr_ext.report.trends import reader_share
from ppocr_ext.show.formats import count

HOT = 83  # °C: GPUs lower their clock from about here
WAITING = 0.25  # part of the time


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
        "clock; the numbers learnt are not affected.",
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
