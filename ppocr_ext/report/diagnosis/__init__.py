"""The diagnosis: every rule looks at the report and finds one thing or nothing."""

from __future__ import annotations

from collections.abc import Callable

from ppocr_ext.report.diagnosis import (
    confidence,
    course,
    disk,
    loss,
    rate,
    reading,
    speed,
    validation,
)
from ppocr_ext.report.report import Finding, Report

Rule = Callable[[Report], Finding | None]

RULES: tuple[Rule, ...] = (
    # what makes the run worthless
    disk.damaged_checkpoint,
    loss.not_finite,
    loss.diverging,
    loss.impossible_ctc,
    disk.almost_full,
    disk.not_updated,
    course.stopped,
    course.crashed,
    # how it learns
    rate.warming_up,
    rate.jumped,
    rate.too_high,
    rate.spent,
    course.relearning,
    course.letters_first,
    course.learns_nothing,
    loss.validation_rises,
    course.plateau,
    course.best_is_old,
    course.healthy,
    validation.tones_wrong,
    validation.too_long,
    confidence.does_not_rise,
    # whether its numbers can be trusted
    validation.none_yet,
    validation.too_rare,
    validation.too_slow,
    validation.too_small,
    validation.flattered,
    validation.outside_dictionary,
    # how fast it is
    speed.waits_for_data,
    speed.throttled,
    speed.slower,
    speed.memory_grows,
    # how well the log could be read
    reading.steps_twice,
    reading.steps_restarted,
    reading.printed_twice,
    reading.damaged_lines,
)
_ORDER = ("critical", "warning", "good", "info")


def diagnose(report: Report) -> list[Finding]:
    """All findings, the worst first."""
    found = [finding for rule in RULES if (finding := rule(report)) is not None]
    return sorted(found, key=lambda finding: _ORDER.index(finding.severity))
