"""The diagnosis: every rule looks at the report and finds one thing or nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ppocr_ext.report.diagnosis import course, log, loss, machine, validation
from ppocr_ext.report.report import Finding, Report

Rule = Callable[[Report], Finding | None]

RULES: tuple[Rule, ...] = (
    # what makes the run worthless
    machine.damaged_checkpoint,
    loss.not_finite,
    loss.diverging,
    loss.impossible_ctc,
    machine.almost_full,
    machine.not_updated,
    course.stopped,
    course.crashed,
    # what it began with
    log.no_step,
    log.not_loaded,
    log.earlier_runs,
    log.best_not_saved,
    # how it learns
    loss.warming_up,
    loss.jumped,
    loss.too_high,
    loss.spent,
    course.relearning,
    course.letters_first,
    course.learns_nothing,
    loss.validation_rises,
    course.plateau,
    course.best_is_old,
    course.healthy,
    validation.tones_wrong,
    validation.too_long,
    validation.does_not_rise,
    # whether its numbers can be trusted
    validation.none_yet,
    validation.too_rare,
    validation.too_slow,
    validation.too_small,
    validation.flattered,
    validation.outside_dictionary,
    # how fast it is
    machine.waits_for_data,
    machine.throttled,
    machine.slower,
    machine.memory_grows,
    # how well the log could be read
    log.steps_twice,
    log.steps_restarted,
    log.printed_twice,
    log.damaged_lines,
    log.not_understood,
)
_HOPEFUL = ("healthy", "letters_first", "warming_up", "relearning", "confidence_lost")
# Which finding leaves which ones unsaid, because they contradict it: "wait" beside "stop", "let it
# run" beside "lower the rate". Earlier rows come first; a silenced one silences none.
SILENCES: dict[str, tuple[str, ...]] = {
    "not_finite": (*_HOPEFUL, "learns_nothing", "plateau", "best_is_old", "rate_spent"),
    "diverging": (*_HOPEFUL, "plateau", "best_is_old"),
    "impossible_ctc": (*_HOPEFUL, "learns_nothing"),
    "not_loaded": ("letters_first", "learns_nothing"),
    "relearning": ("plateau", "best_is_old", "healthy", "overfitting"),
    "rate_jumped": ("letters_first", "healthy"),
    "rate_too_high": ("letters_first", "warming_up", "healthy"),
    "rate_spent": ("letters_first", "healthy"),
    "warming_up": ("plateau", "best_is_old", "learns_nothing"),
    "plateau": ("healthy",),
    "overfitting": ("healthy",),
}
# Beside these, "not running" comes without the advice to continue.
NOT_TO_CONTINUE = frozenset(
    (*SILENCES, "learns_nothing", "best_is_old", "damaged_checkpoint", "disk_almost_full")
) - {"relearning", "warming_up"}
_ORDER = ("critical", "warning", "good", "info")


def diagnose(report: Report) -> list[Finding]:
    """All findings that go together, the worst first."""
    found = {one.rule: one for rule in RULES if (one := rule(report)) is not None}
    for rule, silenced in SILENCES.items():
        if rule in found and not (rule == "not_finite" and found[rule].severity != "critical"):
            found = {name: one for name, one in found.items() if name not in silenced}
    serious = {one.rule for one in found.values() if one.severity in ("critical", "warning")}
    if "stopped" in found and serious & NOT_TO_CONTINUE:
        found["stopped"] = replace(found["stopped"], advice="")
    return sorted(found.values(), key=lambda finding: _ORDER.index(finding.severity))
