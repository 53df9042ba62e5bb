"""Rules about the losses and the learning rate."""

from __future__ import annotations

from ppocr_ext.records.history import SESSION_STARTS
from ppocr_ext.records.records import Point, value
from ppocr_ext.report.diagnosis.series import last_part, numbers, since_swap, slope, typical
from ppocr_ext.report.report import Finding, Report
from ppocr_ext.show.formats import count, counted

JUMP = 2.0  # times
_OF_THE_SCHEDULE = (  # keys whose change moves the rate
    *("Optimizer", "Train.", "Global.epoch_num", "Global.max_steps", "Global.accumulation"),
    *("Global.cpu_processes", "Global.device"),
)


def not_finite(report: Report) -> Finding | None:
    """NaN or inf in the training numbers, or steps that the trainer skipped for it."""
    trained = report.history.odd.get("nan", {})
    scored = report.history.odd.get("nan in evaluation", {})
    odd = {**trained, **{f"{name} of the evaluation": entry for name, entry in scored.items()}}
    skipped = [e for e in report.history.events if e.name == "skip_step"]
    if not odd and not skipped:
        return None
    seen = [
        f"{what} not finite in {counted(times, 'line')}, step {count(first)} to {count(last)}"
        for what, (times, first, last) in odd.items()
    ]
    if skipped:
        seen.append(
            f"{counted(len(skipped), 'step')} skipped, last at step {count(skipped[-1].step)}"
        )
    last_odd = max((last for _, _, last in odd.values()), default=0)
    later = [p for p in [*report.train, *(report.evals if scored else [])] if p.step > last_odd]
    over = any(value(p, "loss") is not None for p in later)
    return Finding(
        "not_finite",
        "warning" if over else "critical",
        "Numbers that are not finite",
        "; ".join(seen),
        "The loss is finite again; watch it. If it comes back, lower the learning rate."
        if over
        else "Stop, go back to best_accuracy, halve the learning rate, clip the gradient "
        "(Optimizer.clip_norm_global: 1.0), and look for broken images or empty labels.",
    )


def diverging(report: Report) -> Finding | None:
    """The training loss is far above its lowest and rising."""
    train = since_swap(report, report.train, "Loss", "Train.dataset", "Architecture", "dict_path")
    train = [p for p in train if value(p, "loss") is not None]
    lowest = report.history.extremes.get("loss")
    if len(train) < 10 or lowest is None:
        return None
    recent = last_part(train)
    now, rise = typical(recent, "loss") or 0.0, slope(recent, "loss") or 0.0
    level = min(typical(train[i : i + 5], "loss") or now for i in range(0, len(train) - 4, 5))
    if level <= 0 or now < 2 * level or rise < -0.05 * now:
        return None
    return Finding(
        "diverging",
        "critical",
        "The training loss diverges",
        f"now {now:.3f} (median since step {count(recent[0].step)}), against {level:.3f} at its "
        f"best; lowest single value {lowest[0]:.3f} at step {count(lowest[1])}",
        "Stop, and resume from best_accuracy with a third of the learning rate.",
    )


def impossible_ctc(report: Report) -> Finding | None:
    """A CTC loss of exactly 0, or below: labels longer than the output, or a broken kernel."""
    zero = report.history.odd.get("zero", {}).get("CTCLoss")
    negative = report.history.odd.get("negative", {}).get("CTCLoss")
    if not zero and not negative:
        return None
    seen = [
        f"{what} in {counted(entry[0], 'line')}, step {count(entry[1])} to {count(entry[2])}"
        for what, entry in (("exactly 0", zero), ("negative", negative))
        if entry
    ]
    return Finding(
        "impossible_ctc",
        "critical",
        "Impossible CTC loss",
        "CTCLoss was " + "; ".join(seen),
        "0 means that every label needs more steps than its image gives"
        + (
            ": look for such lines with tools/check_data.py."
            if report.is_ours
            else " (stock training pools every width to 40 steps): shorten max_text_length, or "
            "train with tools/train.py, which pools as in evaluation."
        )
        + " Below 0 the loss kernel got labels outside the dictionary: check the labels.",
    )


def validation_rises(report: Report) -> Finding | None:
    """Train loss falls while validation loss rises: overfitting, or only lost confidence."""
    evals = since_swap(report, report.evals, "Eval", "Loss", "dict_path")
    evals = [p for p in evals if value(p, "loss") is not None]
    if len(evals) < 4:
        return None
    lowest = min(evals, key=lambda point: point.values["loss"])
    later = [point for point in evals if point.step >= lowest.step]
    trained = [p for p in report.train if p.step >= lowest.step]
    rise = later[-1].values["loss"] / max(lowest.values["loss"], 1e-9) - 1
    fall = slope(trained, "loss")
    if len(later) < 3 or rise < 0.1 or fall is None or fall >= 0:
        return None
    evidence = (
        f"validation loss {lowest.values['loss']:.3f} at step {count(lowest.step)}, "
        f"{later[-1].values['loss']:.3f} at step {count(later[-1].step)}; the training loss fell "
        f"by {-fall:.3f} meanwhile"
    )
    errors = numbers(later, "cer") or [1 - v for v in numbers(later, "acc")]
    if errors and min(errors[1:], default=1.0) < errors[0]:
        return _confidence_lost(evidence, later, errors)
    return Finding(
        "overfitting",
        "warning",
        "Overfitting",
        evidence + (f"; errors {errors[0]:.4f} → {errors[-1]:.4f}" if errors else ""),
        "Use best_accuracy. More and more varied training lines help most; then stronger "
        "augmentation, a lower rate, an earlier end.",
    )


def _confidence_lost(evidence: str, later: list[Point], errors: list[float]) -> Finding:
    return Finding(
        "confidence_lost",
        "info",
        "Confidence lost, not accuracy",
        f"{evidence}; but errors still fell, {errors[0]:.4f} → {min(errors[1:]):.4f}",
        "Choose checkpoints by acc or CER, not by the validation loss. Do not read the confidence "
        "of single lines as a probability.",
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
            "No change of the schedule is recorded there. The end of the plan moves with the "
            "number of training lines and of processes: see what the log says at that step."
            if report.is_ours
            else "Stock PaddleOCR starts its schedule from the beginning when it resumes: the "
            "steps since then were trained at a different rate than planned. Resume from before it "
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
    """The schedule has ended but training continues."""
    rates = numbers(_with_rate(report), "lr")
    if len(rates) < 5 or max(rates) <= 0 or report.is_finished:
        return None
    if max(rates[-5:]) > 1e-3 * max(rates):
        return None
    return Finding(
        "rate_spent",
        "warning",
        "The learning rate is almost 0",
        f"{rates[-1]:.1e} over the last lines, {max(rates):.1e} at its height, and the plan is not "
        "at its end",
        "The model learns nothing at such a rate: stop, or give the schedule a new rate and more "
        "steps.",
    )


def _with_rate(report: Report) -> list[Point]:
    return [point for point in report.train if value(point, "lr") is not None]
