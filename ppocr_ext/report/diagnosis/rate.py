"""Rules about the learning rate."""

from __future__ import annotations

from ppocr_ext.records.history import SESSION_STARTS
from ppocr_ext.records.records import Point, value
from ppocr_ext.report.diagnosis.series import numbers, since_swap, typical
from ppocr_ext.report.report import Finding, Report
from ppocr_ext.show.formats import count

JUMP = 2.0  # times
_OF_THE_SCHEDULE = (  # keys whose swap moves the rate
    *("Optimizer", "Train.", "Global.epoch_num", "Global.max_steps", "Global.accumulation"),
    *("Global.cpu_processes", "Global.device"),
)


def warming_up(report: Report) -> Finding | None:
    """The rate has risen ever since the start, or the last one, of the session."""
    train = _with_rate(report)
    rates = numbers(train, "lr")
    if len(rates) < 3 or rates[-1] <= 0 or not rates[-3] < rates[-2] < rates[-1]:
        return None
    return Finding(
        "warming_up",
        "info",
        "Warming up",
        f"the learning rate rises: {rates[-3]:.2e}, {rates[-2]:.2e}, {rates[-1]:.2e} at step "
        f"{count(train[-1].step)}",
        "Judge the run after the warm-up.",
    )


def jumped(report: Report) -> Finding | None:
    """The rate after the last resume differs much from the one before."""
    starts = [e for e in report.history.events if e.name in SESSION_STARTS and e.step > 0]
    train = _with_rate(report)
    for event in reversed(starts):
        before = [p for p in train if p.step <= event.step]
        after = [p for p in train if p.step > event.step]
        if not before or not after:
            continue
        old, new = before[-1].values["lr"], after[0].values["lr"]
        swapped = any(
            s.touches(*_OF_THE_SCHEDULE) and before[-1].step <= s.step <= after[0].step
            for s in report.swaps
        )
        if swapped or old <= 0 or new <= 0 or 1 / JUMP < new / old < JUMP:
            return None
        return Finding(
            "rate_jumped",
            "warning",
            "The learning rate jumped at a resume",
            f"{old:.2e} at step {count(before[-1].step)}, {new:.2e} at step {count(after[0].step)}",
            "No swap of the schedule is recorded there. The end of the plan moves with the number "
            "of training lines and of processes: see what the log says at that step."
            if report.is_ours
            else "Stock PaddleOCR starts its schedule from the beginning when it resumes: the "
            "steps since then were trained at another rate than planned. Resume from before it "
            "with the right schedule.",
        )
    return None


def too_high(report: Report) -> Finding | None:
    """The loss rose as soon as the rate had reached its height."""
    train = since_swap(report, _with_rate(report), "Loss", "Train.", "Architecture", "dict_path")
    train = [p for p in train if value(p, "loss") is not None]
    if len(train) < 20:
        return None
    peak = max(range(len(train)), key=lambda i: train[i].values["lr"])
    before, after = train[max(peak - 10, 0) : peak + 1], train[peak + 1 : peak + 11]
    ours, theirs = typical(before[-5:], "loss"), typical(after[-5:], "loss")
    if len(before) < 5 or len(after) < 5 or ours is None or theirs is None or ours <= 0:
        return None
    now = typical(train[-5:], "loss") or 0.0
    if theirs < 1.2 * ours or now < ours:
        return None
    return Finding(
        "rate_too_high",
        "warning",
        "The learning rate looks too high",
        f"at its height, {train[peak].values['lr']:.2e} at step {count(train[peak].step)}, the "
        f"training loss rose from {ours:.3f} to {theirs:.3f}",
        "Halve Optimizer.lr.learning_rate, or warm up over more steps.",
    )


def spent(report: Report) -> Finding | None:
    """The schedule has ended but training goes on."""
    rates = numbers(_with_rate(report), "lr")
    if len(rates) < 5 or max(rates) <= 0 or report.is_finished:
        return None
    if max(rates[-5:]) > 1e-3 * max(rates):
        return None
    return Finding(
        "rate_spent",
        "warning",
        "The learning rate is used up",
        f"{rates[-1]:.1e} over the last lines, {max(rates):.1e} at its height, and the plan is not "
        "at its end",
        "Nothing is learnt at such a rate: stop, or give the schedule a new rate and more steps.",
    )


def _with_rate(report: Report) -> list[Point]:
    return [point for point in report.train if value(point, "lr") is not None]
