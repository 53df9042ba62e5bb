"""Rules about how sure the model is of what it reads."""

from __future__ import annotations

from ppocr_ext.report.diagnosis.series import numbers
from ppocr_ext.report.report import Finding, Report
from ppocr_ext.report.sets import MAIN, key_of, set_names
from ppocr_ext.show.formats import count

SURE = 0.9  # a 95th percentile above this has no room to rise
LEAST_EVALS, LEAST_RISE = 5, 0.01


def does_not_rise(report: Report) -> Finding | None:
    """The surest lines of a set are no surer than five evaluations ago, and far from sure."""
    flat: list[str] = []
    for name in set_names(report.evals) or [MAIN]:
        having = [p for p in report.evals if key_of(name, "confidence_p95") in p.values]
        recent = having[-LEAST_EVALS:]
        ceilings = numbers(recent, key_of(name, "confidence_p95"))
        if len(ceilings) < LEAST_EVALS or not 0 < max(ceilings) < SURE:
            continue
        if max(ceilings[1:]) - ceilings[0] < LEAST_RISE:
            since = f"{ceilings[0]:.3f} at step {count(recent[0].step)}"
            flat.append(f"{name} {since}, {ceilings[-1]:.3f} at step {count(recent[-1].step)}")
    if not flat:
        return None
    return Finding(
        "confidence_flat",
        "warning",
        "Confidence does not rise",
        f"95th percentile of the lines' confidence: {'; '.join(flat)}",
        "Not even the clearest lines are read with certainty: the model does not yet read "
        "characters as parts of a line, or such lines and labels are missing in training. Look at "
        "the labels of these lines, add lines of their kind, and give the rate more time.",
    )
