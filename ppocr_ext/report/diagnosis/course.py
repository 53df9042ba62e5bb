"""Rules about the course of learning: what the evaluations show, one after another."""

from __future__ import annotations

from collections.abc import Sequence

from ppocr_ext.checkpoint.checkpoint import LATEST
from ppocr_ext.console import tool_command
from ppocr_ext.ranking import lower_is_better
from ppocr_ext.records.records import value
from ppocr_ext.report.diagnosis.series import (
    HARDLY_A_LINE,
    change,
    hardly_reads,
    numbers,
    since_swap,
)
from ppocr_ext.report.report import Finding, Report
from ppocr_ext.show.formats import count, counted, duration, moment

PATIENCE, LONG_PATIENCE = 5, 10  # evaluations without a better one
LATELY, LEAST_GAIN = 4, 0.01  # evaluations, and norm_edit_dis that they must gain
STOPPED_AFTER = 1800  # seconds without a line in the log


def healthy(report: Report) -> Finding | None:
    """The newest evaluations are the best."""
    evals, best = report.evals, report.best
    if len(evals) < 3 or best is None or best.step < evals[-2].step:
        return None
    name = report.metric
    before, after = value(evals[-3], name), value(best, name)
    if before is None or after is None or before == after:
        return None
    return Finding(
        "healthy",
        "good",
        "Healthy: still getting better",
        f"{name} {before:.4f} at step {count(evals[-3].step)}, {after:.4f} at step "
        f"{count(best.step)}",
        "It was still learning at the end of its plan: train it for longer."
        if report.is_finished
        else "Let it run."
        if report.silence is None or report.silence < STOPPED_AFTER
        else "It is worth continuing.",
    )


def letters_first(report: Report) -> Finding | None:
    """norm_edit_dis rises while acc stays at 0: single characters come before whole lines."""
    evals = [p for p in report.evals if value(p, "acc") is not None]
    recent = evals[-LATELY:]
    if len(recent) < 2 or not hardly_reads(evals):
        return None
    gain = change(recent, "norm_edit_dis")
    if gain is None or gain < LEAST_GAIN:
        return None
    last = value(recent[-1], "norm_edit_dis") or 0.0
    return Finding(
        "letters_first",
        "info",
        "Characters first, words later",
        f"norm_edit_dis rose by {gain:.3f} to {last:.3f} from step {count(recent[0].step)} to "
        f"{count(recent[-1].step)}, while acc is still {value(recent[-1], 'acc') or 0:.4f}",
        "A line counts only when all its characters are right, so acc starts to rise when "
        "norm_edit_dis comes near 0.8. "
        + (
            "The plan ended before that: train for longer."
            if report.is_finished
            else "Wait for it, and do not change the rate now."
        ),
    )


def learns_nothing(report: Report) -> Finding | None:
    """Several evaluations, none of which reads anything."""
    evals = [p for p in report.evals if value(p, "norm_edit_dis") is not None]
    if len(evals) < LATELY or max(numbers(evals, "acc"), default=0.0) >= HARDLY_A_LINE:
        return None
    recent = evals[-LATELY:]
    values = numbers(recent, "norm_edit_dis")
    if values[-1] - values[0] >= LEAST_GAIN or values[-1] > 0.3:
        return None
    return Finding(
        "learns_nothing",
        "warning",
        "The model learns nothing",
        f"norm_edit_dis {_course(values)} and acc is below {HARDLY_A_LINE} over the last "
        f"{len(recent)} evaluations, since step {count(recent[0].step)}",
        "Check that the labels belong to the images and that every character is in the dictionary; "
        "start from a transplanted model instead of a random head; look at the learning rate.",
    )


def _course(values: Sequence[float]) -> str:
    """What values that hardly rise do."""
    first, last, most = (f"{value:.4f}" for value in (values[0], values[-1], max(values)))
    if max(values) == min(values):
        return f"stays at {last}"
    return f"went from {first} to {last} (at most {most})"


def relearning(report: Report) -> Finding | None:
    """Accuracy fell when the dictionary or head changed, and is coming back."""
    evals = report.evals
    for swap in reversed(report.swaps):
        if not swap.touches("character_dict_path", "use_space_char", "Head"):
            continue
        before = [p for p in evals if p.step <= swap.step and value(p, "acc") is not None]
        after = [p for p in evals if p.step > swap.step and value(p, "acc") is not None]
        if not before or not after:
            return None
        level = value(before[-1], "acc") or 0.0
        accuracies = numbers(after, "acc")
        now, earlier = accuracies[-1], accuracies[:-PATIENCE]
        comes_back = not earlier or max(accuracies[-PATIENCE:]) > max(earlier)
        if now >= level or not comes_back:
            return None
        return Finding(
            "relearning",
            "info",
            "acc is recovering from a change of the dictionary or head",
            f"acc was {level:.4f} before the change at step {count(swap.step)} and is {now:.4f} at "
            f"step {count(after[-1].step)}",
            "New characters have to be learnt; compare with the time before only when acc has "
            "passed its old value.",
        )
    return None


def plateau(report: Report) -> Finding | None:
    """The best of the last evaluations is hardly better than the best before."""
    evals = since_swap(report, report.evals, "Eval")
    name = report.metric
    scores = numbers(evals, name)
    if len(scores) < 2 * PATIENCE or hardly_reads(evals):
        return None
    sign = -1 if lower_is_better(name) else 1
    before = max(sign * v for v in scores[:-PATIENCE])
    lately = max(sign * v for v in scores[-PATIENCE:])
    room = (1 - before) if sign > 0 else abs(before)
    if lately - before > 0.02 * max(room, 1e-6):
        return None
    return Finding(
        "plateau",
        "warning",
        "Plateau",
        f"the best {name} of the last {PATIENCE} evaluations, {abs(lately):.4f}, against "
        f"{abs(before):.4f} before step {count(evals[-PATIENCE].step)}",
        "Lower the learning rate (to a third of it, annealed to 0), add training lines of "
        "the kind that is read wrong, or end the run.",
    )


def best_is_old(report: Report) -> Finding | None:
    """Many evaluations ago was the best one."""
    evals, best = report.evals, report.best
    if best is None:
        return None
    later = [point for point in evals if point.step > best.step]
    if len(later) < PATIENCE or hardly_reads(evals):
        return None
    stop = len(later) >= LONG_PATIENCE
    return Finding(
        "best_is_old",
        "warning" if stop else "info",
        "Time to stop early" if stop else "The best evaluation is old",
        f"best at step {count(best.step)} ({moment(best.time)}), "
        f"{counted(len(later), 'evaluation')} ago",
        "Stop here, or continue from the best one with a lower learning rate."
        if stop
        else f"Stop early when {LONG_PATIENCE} evaluations have brought nothing"
        + (" (Global.early_stop)." if report.is_ours else "."),
    )


def stopped(report: Report) -> Finding | None:
    """The log has grown silent before the end of the plan."""
    if report.is_finished or report.silence is None or report.silence < STOPPED_AFTER:
        return None
    if report.history.train.last is None and not report.is_ours:
        return None  # an evaluation's: nothing that could be continued
    words = [event.text for event in report.history.events if event.name == "stop"][-1:]
    return Finding(
        "stopped",
        "info",
        "Not running",
        f"the last line of the log is from {moment(report.last_time)}, {duration(report.silence)} "
        f"before this report, at step {count(report.last_step)}" + "".join(f"; {w}" for w in words),
        _how_to_continue(report),
    )


def _how_to_continue(report: Report) -> str:
    """The command, when everything that it names is there."""
    folder = report.source.folder
    config = ("-c", (folder / "config.yml").as_posix())
    if report.is_ours:
        if report.config:
            return f"Continue it: {tool_command('train.py', *config, '--resume')}"
        return "Continue it with --resume and the config that it was started with."
    if report.history.trainer == "stock" and report.config and report.disk.find(LATEST):
        latest = f"Global.checkpoints={(folder / 'latest').as_posix()}"
        command = tool_command("train.py", *config, "-o", latest)
        return f"Continue it, with its steps counted on: {command}"
    return "Continue it from its newest checkpoint."


def crashed(report: Report) -> Finding | None:
    """A traceback, or memory that ran out."""
    events = [e for e in report.history.events if e.name in ("crash", "out_of_memory")]
    if not events:
        return None
    last = events[-1]
    if last.name == "crash":
        title, advice = "The program crashed", "Read the lines below the traceback in the log."
    else:
        title = "Memory ran out"
        advice = (
            "Lower Train.loader.batch_size_per_card"
            + (" (raise Global.accumulation by the same factor)" if report.is_ours else "")
            + ", or limit the width of the lines."
        )
    over = report.last_step > last.step
    return Finding(
        "crashed",
        "info" if over else "critical",
        title,
        f"{counted(len(events), 'time')}, last at step {count(last.step)}: {last.text[:120]}",
        ("Training continued since. " if over else "") + advice,
    )
