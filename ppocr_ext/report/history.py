"""One run's records, put in order: repeats, rewinds and restarts of the step counter."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

from ppocr_ext.report.records import Account, Event, Overlap, Plan, Point
from ppocr_ext.report.thinning import Series, average, best_point, better

TRAIN_CAPACITY = 4096
EVAL_CAPACITY = 8192
EVENT_CAPACITY = 1000
LONGEST_GAP = 100  # print intervals; a farther step must be confirmed by the next line
SESSION_STARTS = frozenset({"start", "resume", "rollback"})
_ROUTINE = frozenset({"save", "best"})  # counted by the evaluations; only the last one is kept


class History:
    """Takes records in the order in which they were written.

    Steps that come again after a resume replace the earlier ones, and are reported as an overlap.
    A single step that does not fit is kept aside until the next line tells whether the run went
    there or the line was damaged.

    Args:
        metric: the run's main indicator, by which the best evaluation is found.
    """

    def __init__(self, metric: str = "acc") -> None:
        self.metric = metric
        self.train = Series(TRAIN_CAPACITY, average)
        self.evals = Series(EVAL_CAPACITY, partial(better, metric=metric))
        self.events: list[Event] = []
        self.overlaps: list[Overlap] = []
        self.odd: dict[str, list[int]] = {}  # "nan loss" → [times, first step, last step]
        self.extremes: dict[str, list[float]] = {}  # lowest train loss → [value, step]
        self.plan = Plan()
        self.account = Account()
        self.began: float | None = None  # time of the first record
        self.offset = 0  # added to the logged steps: stock resumes count from 0 again
        self.exact_steps = False  # logged by a trainer that restores its step counter
        self.print_gap = 0  # steps between the last two lines of training numbers
        self._session_began = True
        self._aside: list[tuple[str, Point]] = []

    # ---- taking records

    def add_train(self, point: Point) -> None:
        """One line of training numbers; ``point.step`` is as logged."""
        if self._session_began:
            self._drop_aside()
            self._settle_offset(point)
        point.step += self.offset
        if self._session_began or self._follows(self.train.last, point):
            if self._aside:
                self._drop_aside()  # a step that did not fit was a damaged line: the run went on
            self._append(point)
        elif self._aside and self._follows(self._aside[0][1], point):
            self._take_aside()
            self._append(point)
        else:
            self._drop_aside()
            self._aside = [("train", point)]
        self._session_began = False

    def add_eval(self, point: Point) -> None:
        """One evaluation; ``point.step`` is exact, or from :meth:`eval_step`."""
        if self._aside:
            self._aside.append(("eval", point))
            return
        self.evals.drop_from(point.step)
        self.evals.append(point)
        self._note_time(point.time)

    def add_to_eval(self, values: Mapping[str, float]) -> None:
        """More values of the evaluation that was added last."""
        aside = [point for kind, point in self._aside if kind == "eval"]
        last = aside[-1] if aside else self.evals.last
        if last is not None:
            last.values.update(values)

    def add_event(self, event: Event) -> None:
        """Routine saves are kept only once; the rest up to a thousand."""
        if event.name in SESSION_STARTS:
            self._session_began = True
        if event.name in _ROUTINE:
            self.events = [kept for kept in self.events if kept.name != event.name]
        if len(self.events) >= EVENT_CAPACITY:
            del self.events[EVENT_CAPACITY // 2]  # the beginning and the end say most
        self.events.append(event)
        self._note_time(event.time)

    def eval_step(self) -> int:
        """The step of an evaluation whose line tells none: the next one that was due.

        PaddleOCR prints the training line before it evaluates, and prints every
        ``print_batch_step`` steps, so the due step is at most one print interval ahead.
        """
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
        self.train.append(point)
        self._note_odd(point)
        self._note_time(point.time)

    def _rewind(self, step: int) -> None:
        """Forget what was logged from ``step`` on: it is being trained again."""
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

        Its epoch goes on, so an epoch beyond the first with steps that do not fit it gives the
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
                if not math.isfinite(number):
                    self._count_odd(f"nan {name}", point.step)
        ctc = point.values.get("CTCLoss", 1.0)
        if ctc <= 0:
            self._count_odd("negative CTCLoss" if ctc else "zero CTCLoss", point.step)
        loss = point.values.get("loss", math.nan)
        if loss < self.extremes.get("loss", [math.inf])[0]:
            self.extremes["loss"] = [loss, point.step]

    def _count_odd(self, what: str, step: int) -> None:
        entry = self.odd.setdefault(what, [0, step, step])
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
            "exact_steps": self.exact_steps,
            "print_gap": self.print_gap,
            "session_began": self._session_began,
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
        for name in ("began", "offset", "exact_steps", "print_gap"):
            setattr(history, name, saved[name])
        history._session_began = saved["session_began"]
        history._aside = [(kind, Point(**point)) for kind, point in saved["aside"]]
        return history
