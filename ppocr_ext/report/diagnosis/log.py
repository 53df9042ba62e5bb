"""Rules about the log: what it says of the start, what else it holds, how well it was read."""

from __future__ import annotations

from ppocr_ext.console import tool_command
from ppocr_ext.ranking import is_better
from ppocr_ext.records.patterns import SHIPPED
from ppocr_ext.records.records import EarlierRun, Lost, Point, value
from ppocr_ext.report.diagnosis.series import hardly_reads
from ppocr_ext.report.report import Finding, Report
from ppocr_ext.show.formats import count, counted, moment, show

LEAST_UNKNOWN = 10  # lines
_MOST_RUNS = 5  # earlier ones that are named


def no_step(report: Report) -> Finding | None:
    """The log has words of a start, and no numbers."""
    lines = report.history.account.lines
    if report.train or report.evals or not lines:
        return None
    return Finding(
        "no_step",
        "info" if report.is_running else "warning",
        "No training step yet",
        f"{counted(lines, 'line')} of the log, and no numbers of a training among them",
        "Its first line of numbers comes after Global.print_batch_step steps."
        if report.is_running
        else "Read the last lines of the log: they say why it ended before its first step.",
    )


def not_loaded(report: Report) -> Finding | None:
    """Parts of the model started at random, although weights were named."""
    lost = list(report.history.lost.values())
    missing = [one for one in lost if not one.unused]
    if not any(not one.only_guides for one in missing):
        missing = []
    unused = [one for one in lost if one.unused and not one.only_guides]
    if not missing and not unused:
        return None
    parts = sorted({one.part for one in missing or unused} - {""}) or ["model"]
    learnt = bool(report.evals) and not hardly_reads(report.evals)
    classes = next((c for one in missing if (c := one.classes) and not one.only_guides), None)
    return Finding(
        "not_loaded",
        "info" if learnt else "warning",
        f"The {' and '.join(parts)} did not start from the weights",
        _what_was_lost(missing, unused, parts, classes),
        "Train with the dictionary of the weights, or let tools/train.py move the head to the new "
        "one: name the weights in Global.pretrained_model, and their dictionary in "
        "Global.pretrained_character_dict_path."
        if classes
        else "Take weights of the same Architecture, or write the Architecture of the weights into "
        "the config.",
    )


def _what_was_lost(
    missing: list[Lost], unused: list[Lost], parts: list[str], classes: tuple[int, int] | None
) -> str:
    first = next((one for one in missing or unused if not one.only_guides), (missing or unused)[0])
    if not missing:
        return (
            f"{count(len(unused))} tensors of the weights are not in the model, {first.name} among "
            "them; the model's own tensors started at random"
        )
    words = f"{count(len(missing))} tensors of the {' and '.join(parts)} were not loaded"
    if classes:
        ours, theirs = classes
        words += (
            f": the model has {count(ours)} classes (a dictionary of {count(ours - 2)} characters, "
            f"blank and space), the weights have {count(theirs)}"
        )
    elif first.model and first.file:
        words += f": {first.name} is {first.model} in the model and {first.file} in the weights"
    else:
        words += f", {first.name} among them"
    return f"{words}; they started at random at step {count(first.step)}"


def earlier_runs(report: Report) -> Finding | None:
    """The log was started by other runs, and perhaps one of them was better."""
    earlier = report.history.earlier
    if not earlier or report.source.run:
        return None
    was_better = any(_is_better(run.best, report.best, report.metric) for run in earlier)
    named = list(enumerate(earlier, 1))[-_MOST_RUNS:]
    log = report.source.logs[0] if len(report.source.logs) == 1 else report.source.folder
    logs = [*(f"{log}#{number}" for number, _ in named), log]
    lost = "its best_accuracy was overwritten by this run, unless you have a copy. "
    return Finding(
        "earlier_runs",
        "warning" if was_better else "info",
        "An earlier run in this log was better" if was_better else "The log holds earlier runs",
        f"{count(len(earlier))} before this one: "
        + "; ".join(_run_words(number, run, report.metric) for number, run in named),
        (lost.capitalize() if was_better and not report.is_ours else "")
        + f"Compare them: {tool_command('report_card.py', '--compare', *logs)}",
    )


def _is_better(one: Point | None, other: Point | None, metric: str) -> bool:
    return one is not None and other is not None and is_better(one.values, other.values, metric)


def _run_words(number: int, run: EarlierRun, metric: str) -> str:
    steps = counted(run.last_step, "step")
    words = f"#{number} from {moment(run.began)} to {moment(run.ended)}, {steps}"
    best = value(run.best, metric)
    if run.best is None or best is None:
        return f"{words}, no evaluation"
    return f"{words}, best {metric} {show(metric, best)} at step {count(run.best.step)}"


def best_not_saved(report: Report) -> Finding | None:
    """Stock PaddleOCR saved another evaluation as its best."""
    saved, best = report.history.saved_best, report.best
    name = report.metric
    if report.is_ours or not _is_better(best, saved, name) or hardly_reads(report.evals):
        return None
    assert best and saved
    ours, theirs = value(best, name), value(saved, name)
    return Finding(
        "best_not_saved",
        "info" if ours == theirs else "warning",
        "best_accuracy is not the best evaluation",
        f"the best is {name} {show(name, ours)} at step {count(best.step)}; best_accuracy was "
        f"saved last at step {count(saved.step)}, with {name} {show(name, theirs)}",
        "Stock PaddleOCR lets an equal evaluation win, and forgets its best at a resume: copy "
        "best_accuracy before you resume, or continue with tools/train.py, which does neither.",
    )


def steps_twice(report: Report) -> Finding | None:
    """A resume began before the end of what was logged: the later lines count."""
    overlaps = report.history.overlaps
    if not overlaps:
        return None
    last = overlaps[-1]
    return Finding(
        "steps_twice",
        "info",
        "Steps trained twice",
        f"{counted(len(overlaps), 'time')}; last from step {count(last.first)} to "
        f"{count(last.last)} ({counted(last.lines, 'line')} of the log)",
        "The later ones are shown. "
        + (
            "Lower Global.save_step to lose less."
            if report.is_ours
            else "Stock PaddleOCR saves at the end of an epoch; tools/train.py saves every "
            "Global.save_step steps and continues with the very next one."
        ),
    )


def steps_restarted(report: Report) -> Finding | None:
    """Stock PaddleOCR counts from 0 after a resume."""
    offset = report.history.offset
    if not offset:
        return None
    return Finding(
        "steps_restarted",
        "info",
        "The step counter restarted",
        f"the log counts from 0 after the last resume; {count(offset)} steps are added here",
        "Stock PaddleOCR does not restore global_step (issue 18108), and its learning rate may "
        "start from the beginning as well.",
    )


def printed_twice(report: Report) -> Finding | None:
    """Two handlers write each line."""
    kinds = report.history.account.kinds
    if kinds["repeated line"] < 3:
        return None
    return Finding(
        "printed_twice",
        "info",
        "Lines are in the log twice",
        f"{counted(kinds['repeated line'], 'line')} like the one before; each was counted once",
    )


def not_understood(report: Report) -> Finding | None:
    """Most of the log is of a form that nothing here knows."""
    kinds, examples = report.history.account.kinds, report.history.account.examples
    known = sum(kinds[kind] for kind in ("train", "eval", "event", "repeated line", "cut"))
    if kinds["unknown"] < max(known, LEAST_UNKNOWN):
        return None
    log = report.source.logs[0] if report.source.logs else report.source.folder
    command = tool_command("report_card.py", log, "--patterns", "own.yml")
    return Finding(
        "not_understood",
        "warning" if kinds["unknown"] > 4 * known else "info",
        "Most lines of the log are not understood",
        f"{count(kinds['unknown'])} of {count(report.history.account.lines)}; the first: "
        + " | ".join(line[:80] for line in examples.get("unknown", [])),
        f"If they hold numbers of the training, describe them in own.yml as {SHIPPED.as_posix()} "
        f"does, then run: {command}",
    )


def damaged_lines(report: Report) -> Finding | None:
    """Lines that could not be read, or only in part."""
    account = report.history.account
    parts = [f"{count(account.kinds[k])} {k}" for k in ("damaged", "cut") if account.kinds[k]]
    if not parts:
        return None
    examples = account.examples.get("damaged", []) + account.examples.get("cut", [])
    return Finding(
        "damaged_lines",
        "info",
        "Damaged lines in the log",
        f"{' and '.join(parts)} of {counted(account.lines, 'line')}"
        + (f"; the first: {examples[0][:80]}" if examples else ""),
        "Only complete numbers of them are used.",
    )
