"""The first lines of every report: where the run stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ppocr_ext.ranking import RATES
from ppocr_ext.records.records import Event, Point, value
from ppocr_ext.report.forecast import Estimate, seconds_left, seconds_per_step, total_steps
from ppocr_ext.report.report import Report
from ppocr_ext.runs.history import facts
from ppocr_ext.runs.inventory import INTACT, CheckpointState
from ppocr_ext.show.formats import count, counted, duration, moment, show, signed, size

NOT_READ = ("unknown", "damaged", "cut")  # kinds of lines, at least in part
TITLES = {
    "acc": "acc",
    "norm_edit_dis": "norm_edit_dis",
    "cer": "CER",
    "wer": "WER",
    "unaccented_acc": "unaccented acc",
    "loss": "loss",
}


class Line(NamedTuple):
    """One line of the summary."""

    title: str
    text: str

    def __str__(self) -> str:
        return f"{self.title}: {self.text}"


def summary(report: Report) -> list[Line]:
    """Progress, best, latest, first, changes, estimates, files and configs, as far as known."""
    return list(_lines(report))


def _lines(report: Report) -> Iterator[Line]:
    yield Line("Progress", _progress(report))
    if end := _end(report):
        yield Line("Remaining", end)
    best, latest = report.best, report.latest
    if best:
        yield Line("Best", f"{metrics(best)}; {place(report, best)}")
    if best and latest and latest.step != best.step:
        yield Line("Latest", f"{metrics(latest)}; {place(report, latest)}")
    if len(report.evals) > 1:
        yield Line("First", f"{metrics(report.evals[0])}; {place(report, report.evals[0])}")
    if change := since_last(report):
        yield Line("Since the last report", change)
    for one in report.estimates:
        yield Line("Target", target_words(report, one))
    for checkpoint in report.disk.checkpoints[:2]:
        yield Line(checkpoint.name, checkpoint_words(report, checkpoint))
    if report.disk.checkpoints:
        yield Line("Disk", f"{size(report.disk.free)} left, {_kept(report)}")
    for title, fact in facts(report.config).items():
        yield Line(title, fact)
    if device := _device(report):
        yield Line("Device", device)
    for swap in report.swaps[-3:]:
        yield Line(f"Config change at step {count(swap.step)}", "; ".join(swap.words[:6]))
    account = report.history.account
    if unread := [f"{count(n)} {k}" for k in NOT_READ if (n := account.kinds[k])]:
        yield Line("Lines not read", f"{', '.join(unread)} of {count(account.lines)}")


def machine(start: Event) -> str:
    """``paddle 3.3.1 on cpu, 2 processes``."""
    facts = start.fields
    text = f"paddle {facts.get('paddle')} on {facts.get('device')}"
    number = facts.get("processes")
    return text + (f", {counted(number, 'process', 'processes')}" if type(number) is int else "")


def metrics(point: Point) -> str:
    """``acc 0.8700, norm_edit_dis 0.9884, CER 0.0100``."""
    known = [name for name in (*RATES, "loss") if name in point.values]
    return ", ".join(f"{TITLES[name]} {show(name, point.values[name])}" for name in known)


def place(report: Report, point: Point) -> str:
    """The step, and how long ago it was."""
    age = "" if point.time is None else f", {duration(report.made - point.time)} ago"
    return f"step {count(point.step)}{age}"


def since_last(report: Report) -> str:
    """What changed since the last report; empty when there was none."""
    before = report.previous
    if not before or before.get("last_step") == report.last_step:
        return ""
    if before.get("began", report.history.began) != report.history.began:  # of another run
        return ""
    steps = report.last_step - int(before.get("last_step") or 0)
    words = [
        f"{counted(steps, 'step')} in {duration(report.made - float(before.get('made') or 0))}"
    ]
    best = report.best
    old = ((before.get("best") or {}).get("values") or {}) if best else {}
    for name in (*RATES, "loss"):
        now, then = value(best, name), old.get(name)
        if now is not None and isinstance(then, (int, float)):
            words.append(f"best {TITLES[name]} {signed(name, now - then) or 'unchanged'}")
    return ", ".join(words)


def target_words(report: Report, one: Estimate) -> str:
    """When a target will be reached, with its uncertainty."""
    goal = f"{TITLES[one.target.metric]} {one.target.value:g}"
    if one.reached:
        return f"{goal} was reached at step {count(one.step or 0)}"
    if one.step is None:
        return f"{goal} cannot be predicted: {one.why or 'the last evaluations do not lead there'}"
    pace = seconds_per_step(report.history)
    left = f" in {duration((one.step - report.last_step) * pace)}" if pace else ""
    until = f"{count(one.latest)}" if one.latest else "never"
    return (
        f"{goal} at about step {count(one.step)}{left}, if errors keep falling as before "
        f"(8 of 10 chances: step {count(one.earliest or one.step)} to {until})"
    )


def checkpoint_words(report: Report, one: CheckpointState) -> str:
    """Age, step, main metric, size and integrity."""
    words = [f"{duration(report.made - one.saved)} old"]
    if one.step is not None:
        words.append(f"step {count(one.step)}")
    evaluated = [point for point in report.evals if point.step == one.step]
    acc = value(evaluated[-1], "acc") if evaluated else one.metrics.get("acc")
    if acc is not None:
        words.append(f"acc {show('acc', acc)}")
    words.append(size(sum(file.size for file in one.files)))
    words.append("every file verified" if one.verdict == INTACT else one.verdict)
    return ", ".join(words)


def _kept(report: Report) -> str:
    names = len(report.disk.checkpoints)
    more = f", {report.disk.kept_steps} in checkpoints/" if report.disk.kept_steps else ""
    return f"{counted(names, 'named checkpoint')}{more}"


def _progress(report: Report) -> str:
    total, last = total_steps(report.history), report.history.train.last
    text = f"step {count(report.last_step)}"
    if total:
        text += f" of {count(total)} ({report.last_step / total:.0%})"
    if last and last.epoch is not None:
        epochs = report.history.plan.epochs
        text += f", epoch {last.epoch:g}" + (f" of {epochs}" if epochs else "")
    if report.last_time and report.history.began:
        text += f", {duration(report.last_time - report.history.began)} since the start"
        text += f" on {moment(report.history.began)}"
    if report.silence is not None:
        text += f"; last line of the log {duration(report.silence)} ago"
    return text


def _end(report: Report) -> str:
    left = seconds_left(report.history)
    if report.is_finished:
        return "nothing: the plan is finished"
    if left is None:
        return ""
    pace = seconds_per_step(report.history) or 0
    text = f"{duration(left)} of training, at {pace:.2f} s a step with evaluations"
    return text + (f": {moment(report.made + left)}" if report.is_running else "")


def _device(report: Report) -> str:
    starts = report.history.starts
    if not starts:
        return ""
    steps = starts[-1].fields.get("total_steps")
    return machine(starts[-1]) + (f", {counted(steps, 'step')}" if type(steps) is int else "")
