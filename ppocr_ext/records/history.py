"""One run's records, put in order: repeats, rewinds and restarts of the step counter."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any, Literal

from ppocr_ext.ranking import RATES
from ppocr_ext.records import forms
from ppocr_ext.records.records import (
    MEASURED,
    Account,
    EarlierRun,
    Event,
    Lost,
    Opening,
    Overlap,
    Plan,
    Point,
    as_rows,
    from_rows,
    index_of,
)
from ppocr_ext.records.thinning import Series, average, best_point, better

Odd = Literal["nan", "nan in evaluation", "zero", "negative"]
TRAIN_CAPACITY = 4096
EVAL_CAPACITY = 8192
EVENT_CAPACITY = 1000
LONGEST_GAP = 100  # print intervals; a farther step must be confirmed by the next line
SESSION_STARTS = frozenset({"start", "resume", "rollback"})
_SAYS_THE_PLAN = frozenset({"start", "iters", "evals"})
MOST_LOST = 5000  # tensors that are remembered
_CONTINUES = frozenset({"resume", "rollback"})  # what was trained before belongs to the same run
_ROUTINE = frozenset({"save", "best"})  # counted by the evaluations; only the last one is kept


class History:
    """Takes records in the order in which they were written.

    The numbers after a start that resumed nothing, and steps that begin again from the first one,
    are those of another run. The newest is the history; :attr:`earlier` keeps what the others came
    to. Steps that come again after a resume replace the earlier ones, and are reported as an
    overlap.
    A single step that does not fit is kept aside until the next line shows whether the run went
    there or the line was damaged.

    Args:
        metric: the run's main indicator, by which the best evaluation is found.
        run: which one is wanted, 1 for the oldest; ``None`` for the newest.
    """

    def __init__(self, metric: str = "acc", run: int | None = None) -> None:
        self.metric, self.run = metric, run
        self.is_complete = False  # the wanted run has ended; nothing more is taken
        self.earlier: list[EarlierRun] = []
        self.account = Account()
        self.trainer = ""  # "ours", "stock" or "other"
        self._clear()

    def _clear(self) -> None:
        self.train = Series(TRAIN_CAPACITY, average)
        self.evals = Series(EVAL_CAPACITY, partial(better, metric=self.metric))
        self.events: list[Event] = []
        self.overlaps: list[Overlap] = []
        # What of it → name of the value → [times, first step, last step].
        self.odd: dict[Odd, dict[str, list[int]]] = {}
        self.extremes: dict[str, list[float]] = {}  # lowest train loss → [value, step]
        self.plan = Plan()
        self.lost: dict[str, Lost] = {}  # tensors that were not loaded
        self.saved_best: Point | None = None  # what best_accuracy holds, as far as the log says
        self.began: float | None = None  # time of the first record
        self.offset = 0  # added to the logged steps: stock resumes count from 0 again
        self.print_gap = 0  # steps between the last two lines of training numbers
        self._session_began = True
        self._continues = False  # the session that began resumes
        self._opening: Opening | None = None
        self._aside: list[tuple[str, Point]] = []

    # ---- taking records

    def add_train(self, point: Point) -> None:
        """One line of training numbers; ``point.step`` is as logged."""
        if self._session_began:
            self._drop_aside()
            # A run begins in its first epoch: another one is a resume whose line is lost.
            self._settle_run(continues=int(point.epoch or 1) > 1)
            self._settle_offset(point)
        if self.is_complete:
            return
        point.step += self.offset
        if self._session_began or self._follows(self.train.last, point):
            if self._aside:
                self._drop_aside()  # a step that did not fit was a damaged line: the run continued
            self._append(point)
        elif self._aside and self._follows(self._aside[0][1], point):
            self._take_aside()
            self._append(point)
        else:
            self._drop_aside()
            self._aside = [("train", point)]
        self._session_began = False

    def add_eval(self, point: Point, *, of_training: bool = True) -> None:
        """One evaluation; ``point.step`` is exact, or from :meth:`eval_step`.

        Args:
            of_training: ``False`` for one of ``tools/eval.py``, which begins no run.
        """
        if of_training and self._opening:
            self._drop_aside()
            self._settle_run()
        if self.is_complete:
            return
        if self._aside:
            self._aside.append(("eval", point))
            return
        if self.train.first is None and self._begins_again(self.evals, point.step):
            self._close_run()
        self.evals.drop_from(point.step)
        self.evals.append(point)
        self._note_odd_scores(point)
        self._note_time(point.time)

    def add_to_eval(self, values: Mapping[str, float]) -> None:
        """More values of the evaluation that was added last."""
        aside = [point for kind, point in self._aside if kind == "eval"]
        last = aside[-1] if aside else self.evals.last
        if last is not None:
            last.values.update(values)

    def add_event(self, event: Event) -> None:
        """Routine saves are kept only once; the rest up to a thousand."""
        if self.is_complete:
            return
        if event.name == "start":
            self._opening, self._continues = Opening(event), False
        if event.name in _CONTINUES:
            self._settle_run(continues=True)
        if event.name in SESSION_STARTS:
            self._session_began = True
        if event.name in _ROUTINE:
            self.events = [kept for kept in self.events if kept.name != event.name]
        if len(self.events) >= EVENT_CAPACITY:
            del self.events[EVENT_CAPACITY // 2]  # the beginning and the end say most
        self.events.append(event)
        self._note_time(event.time)
        if event.name in _SAYS_THE_PLAN:
            (self._opening.plan if self._opening else self.plan).learn(Plan.of(event.fields))

    def add_lost(self, tensors: Iterable[Lost]) -> None:
        """Tensors that the weights of this session did not give."""
        lost = self._opening.lost if self._opening else self.lost
        lost.update({one.name: one for one in tensors if len(lost) < MOST_LOST})

    def mark_best(self) -> None:
        """The last evaluation was saved as ``best_accuracy``.

        That makes it the best of ours. Stock PaddleOCR lets ties win and forgets its best at a
        resume, so what it saved may be another one than the best.
        """
        last = self.evals.last
        if last is not None and not self._aside:
            last.is_best = self.trainer == "ours"
            self.saved_best = last

    @property
    def starts(self) -> list[Event]:
        """Of the run's sessions."""
        return [event for event in self.events if event.name == "start"]

    @property
    def is_understood(self) -> bool:
        """Whether the log says anything of a training."""
        return bool(self.trainer) or any(e.name not in forms.OF_ANY_PROGRAM for e in self.events)

    @property
    def exact_steps(self) -> bool:
        """Whether the log is of a trainer that restores its step counter at a resume."""
        return self.trainer in ("ours", "other")

    def eval_step(self, *, of_training: bool = True) -> int:
        """The step of an evaluation whose line does not say it: the next one that was due.

        PaddleOCR prints the training line before it evaluates, and prints every
        ``print_batch_step`` steps, so the due step is at most one print interval ahead.
        """
        if self._opening and of_training:
            return 0  # before the first step of a run
        last = self._aside[0][1] if self._aside else self.train.last
        if last is None or not self.plan.eval_every:
            return last.step if last else 0
        logged = last.step - self.offset - self.plan.eval_start
        ahead = -logged % self.plan.eval_every
        return last.step + ahead if ahead <= self.print_gap else last.step

    @property
    def best(self) -> Point | None:
        """The best evaluation."""
        return best_point(self.evals.points(), self.metric)

    # ---- which run it is

    def _settle_run(self, *, continues: bool = False) -> None:
        """Whose the numbers of the session that was opened are."""
        opening, self._opening = self._opening, None
        ended = max((p.time for p in self._last_points() if p.time is not None), default=None)
        began = opening.start.time if opening else None
        # Two processes write into one log, or it is given twice: these are not one after another.
        at_once = began is not None and ended is not None and began < ended
        self._continues |= continues or at_once
        if opening is None:
            return
        if self._last_points() and not self._continues:
            self._close_run(opening.start)
            if self.is_complete:
                return
            self.began = began
        self.plan.learn(opening.plan)
        self.lost.update(opening.lost)

    def _begins_again(self, series: Series, step: int) -> bool:
        """Whether ``step`` leaves nothing of several points, although no session resumed."""
        first = series.first
        return len(series) > 1 and first is not None and step <= first.step and not self._continues

    def _close_run(self, start: Event | None = None) -> None:
        """What was read is a run of its own; the next one begins with the event ``start``."""
        first = index_of(start, self.events)
        if self.run == len(self.earlier) + 1:
            self.is_complete = True
            del self.events[first:]
            return
        last = self._last_points()
        ended = max((point.time for point in last if point.time is not None), default=None)
        step = max((point.step for point in last), default=0)
        self.earlier.append(EarlierRun(self.began, ended, step, self.best))
        events = self.events[first:]
        self._clear()
        self.events = events

    def _last_points(self) -> list[Point]:
        return [point for point in (self.train.last, self.evals.last) if point]

    # ---- order of steps

    def _follows(self, last: Point | None, point: Point) -> bool:
        """Whether ``point`` is a likely successor of ``last``."""
        if last is None or last.step == point.step:
            return True
        farthest = LONGEST_GAP * self.print_gap if self.print_gap else math.inf
        return last.step < point.step <= last.step + farthest

    def _append(self, point: Point) -> None:
        last = self.train.last
        if last is not None and point.step > last.step:
            self.print_gap = point.step - last.step
        elif last is not None:
            self._rewind(point.step)
        if self.is_complete:
            return
        self._continues = False
        self.train.append(point)
        self._note_odd(point)
        self._note_time(point.time)

    def _rewind(self, step: int) -> None:
        """Forget what was logged from ``step`` on: it is being trained again, or by another run."""
        if self._begins_again(self.train, step):
            self._close_run()
            return
        lines, first, last = self.train.drop_from(step)
        if lines == 1:
            self.account.add("repeated step" if first == step else "damaged")
            return
        self.evals.drop_from(step)
        self.overlaps.append(Overlap(first, last, lines))

    def _take_aside(self) -> None:
        """The second line in a row that continues from another step: the run really went there."""
        aside, self._aside = self._aside, []
        for kind, point in aside:
            if kind == "train":
                self._append(point)
            else:
                self.add_eval(point)

    def _drop_aside(self) -> None:
        aside, self._aside = self._aside, []
        for kind, point in aside:
            if kind == "train":
                self.account.add("damaged")
            else:
                point.step = self.eval_step()
                self.add_eval(point)

    def _settle_offset(self, point: Point) -> None:
        """Count on where a stock resume began again at step 0 (PaddleOCR issue 18108).

        Its epoch continues, so an epoch beyond the first with steps that do not fit it gives the
        restart away.
        """
        self.offset = 0
        last, epoch = self.train.last, int(point.epoch or 1)
        if self.exact_steps or epoch <= 1:
            return
        per_epoch = self.plan.steps_per_epoch
        expected = (epoch - 1) * per_epoch if per_epoch else 0
        reached = max((p.step for p in self.train if (p.epoch or 0) < epoch), default=0)
        if per_epoch and point.step <= min(per_epoch, expected):
            fits = last is None or abs(expected - reached) <= per_epoch
            self.offset = expected if fits else reached
        elif not per_epoch and last is not None and point.step <= last.step // 2:
            self.offset = reached

    # ---- what stands out

    def _note_odd(self, point: Point) -> None:
        if not math.isfinite(sum(point.values.values())):
            for name, number in point.values.items():
                if name not in MEASURED and not math.isfinite(number):
                    self._count_odd("nan", name, point.step)
        ctc = point.values.get("CTCLoss", 1.0)
        if ctc <= 0:
            self._count_odd("negative" if ctc else "zero", "CTCLoss", point.step)
        loss = point.values.get("loss", math.nan)
        if loss < self.extremes.get("loss", [math.inf])[0]:
            self.extremes["loss"] = [loss, point.step]

    def _note_odd_scores(self, point: Point) -> None:
        for name in (*RATES, "loss"):
            if not math.isfinite(point.values.get(name, 0.0)):
                self._count_odd("nan in evaluation", name, point.step)

    def _count_odd(self, what: Odd, name: str, step: int) -> None:
        entry = self.odd.setdefault(what, {}).setdefault(name, [0, step, step])
        entry[0] += 1
        entry[2] = step

    def _note_time(self, moment: float | None) -> None:
        if self.began is None:
            self.began = moment

    # ---- keeping for the next report

    def to_dict(self) -> dict[str, Any]:
        """Everything, as JSON values."""
        return {
            "metric": self.metric,
            "earlier": [run.to_row() for run in self.earlier],
            "trainer": self.trainer,
            "train": self.train.to_dict(),
            "evals": self.evals.to_dict(),
            "events": [asdict(event) for event in self.events],
            "overlaps": [asdict(overlap) for overlap in self.overlaps],
            "odd": self.odd,
            "extremes": self.extremes,
            "plan": asdict(self.plan),
            "account": vars(self.account),
            "began": self.began,
            "offset": self.offset,
            "print_gap": self.print_gap,
            "lost": [list(one) for one in self.lost.values()],
            "saved_best": as_rows([self.saved_best] if self.saved_best else []),
            "session_began": self._session_began,
            "continues": self._continues,
            "opening": self._opening and self._opening.to_dict(self.events),
            "aside": [[kind, asdict(point)] for kind, point in self._aside],
        }

    @classmethod
    def from_dict(cls, saved: dict[str, Any]) -> History:
        history = cls(saved["metric"])
        history.train.restore(saved["train"])
        history.evals.restore(saved["evals"])
        history.events = [Event(**event) for event in saved["events"]]
        history.overlaps = [Overlap(**overlap) for overlap in saved["overlaps"]]
        history.odd, history.extremes = saved["odd"], saved["extremes"]
        history.plan = Plan(**saved["plan"])
        account = saved["account"]
        history.account.kinds.update(account["kinds"])
        history.account.encodings.update(account["encodings"])
        history.account.examples = account["examples"]
        for name in ("began", "offset", "trainer", "print_gap"):
            setattr(history, name, saved[name])
        history.earlier = [EarlierRun.from_row(row) for row in saved["earlier"]]
        history.saved_best = next(iter(from_rows(saved["saved_best"])), None)
        history.lost = {row[0]: Lost(*row) for row in saved["lost"]}
        history._session_began, history._continues = saved["session_began"], saved["continues"]
        if opening := saved["opening"]:
            history._opening = Opening.from_dict(opening, history.events)
        history._aside = [(kind, Point(**point)) for kind, point in saved["aside"]]
        return history
