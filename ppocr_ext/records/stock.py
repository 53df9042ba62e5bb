"""Reads lines of PaddleOCR's ``train.log`` into a history."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from ppocr_ext.records import forms
from ppocr_ext.records.forms import DURATION, clock, known_as, lost_tensors, read_fields, to_number
from ppocr_ext.records.history import History
from ppocr_ext.records.records import Event, EventName, Point

_LEVELS: dict[str, EventName] = {
    "WARNING": "warning",
    "ERROR": "error",
    "CRITICAL": "critical",
}
# Of the form that training lines repeat.
_VALUE = re.compile(r": (?:\d+ days?, )?[^ ,]+")
_PLACE = "\0"  # of a value; no intact line holds one
# The usual one first: it is fast.
_NUMBER = r"(\d+\.\d+|-?\d+\.?\d*(?:e[-+]?\d+)?|[Nn]anx*|-?[Ii]nfx*)"
_ETA = f"eta: {_PLACE}"


class StockParser:
    """Feeds on lines; unknown ones are refused, damaged ones give what is certain in them."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.previous = ""  # two handlers print each line twice
        self._form: Form | None = None  # of the last intact training line
        self._of_eval_tool: Point | None = None

    def feed(self, line: str) -> bool:
        """Take one line; ``False`` when it has no form that is known here."""
        if self._form and (found := self._form.expression.fullmatch(line)):
            self._training_again(found, self._form)
            return True
        prefix = forms.PREFIX.match(line)
        if prefix is None:
            return self._without_prefix(line)
        if prefix.group(5) in forms.LOGGERS:
            self.history.trainer = self.history.trainer or "stock"
        message = line[prefix.end() :]
        if "] " in message and (second := forms.PREFIX.search(message)):
            self._message(prefix, message[: second.start()])  # two processes wrote at once
            return self.feed(message[second.start() :])
        self._message(prefix, message)
        return True

    def _without_prefix(self, line: str) -> bool:
        inside = forms.PREFIX.search(line)
        before = line[: inside.start()] if inside else line
        if forms.BAR.search(before):
            self.history.account.add("bar")
        elif inside:
            self.history.account.add("damaged", line)
        if inside:
            return self.feed(line[inside.start() :])
        if forms.BAR.search(before) or self._training(line, None):
            return True
        last = self.history.train.last
        if lost := list(lost_tensors(line, last.step if last else 0)):
            self.history.add_lost(lost)
            self.history.account.add("event")
            return True
        try:
            name, _ = forms.find_event(line, forms.WITHOUT_PREFIX)
        except LookupError:
            return False
        self._event(name, line, None)
        return True

    def _message(self, prefix: re.Match[str], message: str) -> None:
        again = max(message.rfind(begin) for begin in forms.BEGINS)
        if again > 0:  # the next line follows, and its prefix is damaged
            self._message(prefix, message[:again])
            message = message[again:]
        when = forms.moment(prefix)
        if self._training(message, when) or self._eval_tool_line(message):
            return
        if found := forms.EVALUATION.match(message):
            self._evaluation(message, found.end(), when)
        elif found := forms.OF_A_SET.match(message):
            self._of_a_set(found.group(1), message, found.end())
        elif forms.EVAL_TOOL.search(message):
            self._of_eval_tool = Point(self.history.eval_step(of_training=False), None, when, {})
            self.history.account.add("eval")
        elif forms.BEST.match(message):
            self.history.account.add("best")
        elif message.startswith(forms.BEGINS):
            self.history.account.add("damaged", message)
        else:
            self._words(prefix.group(6), message, when)

    # ---- numbers

    def _training(self, message: str, when: float | None) -> bool:
        place = forms.PLACE.match(message)
        if place is None:
            return False
        if self._is_repeated(message) or self._is_mixed(message, place.end()):
            return True
        old = ", samples: " in message
        endings = forms.TRAIN_ENDINGS_2_0 if old else forms.TRAIN_ENDINGS
        values, intact = read_fields(message[place.end() :], endings)
        self.history.account.add("train" if intact else "cut", "" if intact else message)
        if intact:
            self._form = form_of(message[place.end() :])
        if values:
            self._take_training(place.groups(), when, values)
        return True

    def _training_again(self, found: re.Match[str], form: Form) -> None:
        """A line like the last intact one."""
        groups = found.groups()
        if not self._is_repeated(groups[6]):
            self.history.account.add("train")
            values = form.values(groups[10:])
            self._take_training(groups[7:10], forms.moment(found), values)

    def _take_training(
        self, place: Sequence[str], when: float | None, values: dict[str, float]
    ) -> None:
        epoch, epochs, step = map(int, place)
        self.history.trainer = self.history.trainer or "stock"
        self.history.add_train(Point(step, float(epoch), when, values))
        self.history.plan.epochs = epochs

    def _evaluation(self, message: str, start: int, when: float | None) -> None:
        if self._is_repeated(message) or self._is_mixed(message, start):
            return
        values, intact = read_fields(message[start:], forms.EVAL_ENDINGS)
        self.history.account.add("eval" if intact else "cut", "" if intact else message)
        if values:
            last = self.history.train.last
            epoch = last.epoch if last else None
            self.history.add_eval(Point(self.history.eval_step(), epoch, when, values))

    def _of_a_set(self, name: str, message: str, start: int) -> None:
        """A set's values belong to the evaluation whose line came before."""
        if self._is_repeated(message) or self._is_mixed(message, start):
            return
        values, intact = read_fields(message[start:], forms.EVAL_ENDINGS)
        self.history.account.add("eval" if intact else "cut", "" if intact else message)
        self.history.add_to_eval({f"{name}/{each}": number for each, number in values.items()})

    def _eval_tool_line(self, message: str) -> bool:
        """One ``name:value`` line of ``tools/eval.py``, below ``metric eval ****``."""
        if self._of_eval_tool is None:
            return False
        found = forms.EVAL_TOOL_LINE.match(message)
        if found is None:
            self._of_eval_tool = None
            return False
        try:
            value = to_number(found.group(2))
        except ValueError:
            return False
        if not self._of_eval_tool.values:
            self.history.add_eval(self._of_eval_tool, of_training=False)
        self._of_eval_tool.values[found.group(1)] = value
        self.history.account.add("eval")
        return True

    def _is_mixed(self, message: str, start: int) -> bool:
        """Whether the numbers of another line follow, whose beginning is damaged."""
        if message.find("global_step: ", start) < 0:
            return False
        self.history.account.add("damaged", message)
        return True

    def _is_repeated(self, message: str) -> bool:
        if message == self.previous:
            self.history.account.add("repeated line")
            return True
        self.previous = message
        return False

    # ---- words

    def _words(self, level: str, message: str, when: float | None) -> None:
        last = self.history.train.last
        lost = list(lost_tensors(message, last.step if last else 0))
        self.history.add_lost(lost)
        try:
            name, fields = forms.find_event(message)
        except LookupError:
            if lost:
                self.history.account.add("event")
            elif level in _LEVELS:
                self._event(_LEVELS[level], message, when)
            else:
                self.history.account.add("text")
            return
        if name == "start":
            self.history.trainer = "ours" if "total_steps" in fields else "stock"
        self._event(name, message, when, fields)
        if name == "best" and fields.get("checkpoint") == "best_accuracy":
            self.history.mark_best()

    def _event(
        self,
        name: EventName,
        message: str,
        when: float | None,
        fields: dict[str, Any] | None = None,
    ) -> None:
        last = self.history.train.last
        step, epoch = (last.step, last.epoch) if last else (0, None)
        self.history.account.add("event")
        if message != self.previous:
            self.history.add_event(
                Event(name, forms.text_of_event(message), step, when, epoch, fields or {})
            )
        self.previous = message


class Form(NamedTuple):
    """How lines are found, and what their values are.

    Attributes:
        expression: of whole lines; groups 1 to 6 are those of the prefix, 7 is the message, 8 to 10
            are epoch, epochs and step, and each further one is a value.
        names: of the values, as in metrics.jsonl.
        eta: which of them is a duration, in four groups; their number when none is.
    """

    expression: re.Pattern[str]
    names: tuple[str, ...]
    eta: int

    def values(self, texts: Sequence[str]) -> dict[str, float]:
        """Numbers by name."""
        eta, after = self.eta, self.eta + DURATION.groups
        numbers = list(map(to_number, texts[:eta]))
        if eta < len(texts):
            numbers += [clock(*texts[eta:after]), *map(to_number, texts[after:])]
        return dict(zip(self.names, numbers, strict=True))


def form_of(fields: str) -> Form:
    """The form of lines whose numbers stand in ``fields``, an intact ``name: value, …``."""
    return _compile(_VALUE.sub(f": {_PLACE}", fields))


@lru_cache(maxsize=16)
def _compile(skeleton: str) -> Form:
    names = re.findall(f"(\\w+): {_PLACE}", skeleton)
    expression = re.escape(skeleton).replace(re.escape(_ETA), f"eta: {DURATION.pattern}")
    expression = expression.replace(_PLACE, _NUMBER)
    return Form(
        re.compile(f"{forms.PREFIX.pattern}({forms.PLACE.pattern}{expression})", re.ASCII),
        tuple(known_as(name) for name in names),
        names.index("eta") if "eta" in names else len(names),
    )
