"""Rules about the losses."""

from __future__ import annotations

from ppocr_ext.records.records import Point, value
from ppocr_ext.report.diagnosis.series import last_part, numbers, since_swap, slope, typical
from ppocr_ext.report.report import Finding, Report
from ppocr_ext.show.formats import count


def not_finite(report: Report) -> Finding | None:
    """NaN or inf in the training numbers, or steps that the trainer skipped for it."""
    odd = {what: e for what, e in report.history.odd.items() if what.startswith("nan ")}
    skipped = [e for e in report.history.events if e.name == "skip_step"]
    if not odd and not skipped:
        return None
    seen = [
        f"{what.removeprefix('nan ')} not finite in {count(times)} line(s), step {count(first)} to "
        f"{count(last)}"
        for what, (times, first, last) in odd.items()
    ]
    if skipped:
        seen.append(f"{len(skipped)} steps skipped, last at step {count(skipped[-1].step)}")
    last_odd = max((last for _, _, last in odd.values()), default=0)
    scored = any("of the evaluation" in what for what in odd)
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
    zero = report.history.odd.get("zero CTCLoss")
    negative = report.history.odd.get("negative CTCLoss")
    if not zero and not negative:
        return None
    seen = [
        f"{what} in {count(entry[0])} lines, step {count(entry[1])} to {count(entry[2])}"
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
