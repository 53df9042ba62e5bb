"""The forms of lines in PaddleOCR logs, releases 2.0 to 3.7, and in our own, which follow them.

Source: ``tools/{program,eval}.py`` and ``ppocr/utils/{stats,save_load}.py`` of PaddleOCR.
"""

from __future__ import annotations

import re
import time
from functools import lru_cache

from ppocr_ext.records.records import Plan

PREFIX = re.compile(r"\[(\d{4}/\d\d/\d\d) (\d\d):(\d\d):(\d\d)\] (\w+) ([A-Z]+): ")
LOGGERS = ("ppocr", "root")  # of PaddleOCR: since 2.1, and before
OTHER_LOGGER = re.compile(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+\] \[ *[A-Z]+\]")  # Paddle's own
PLACE = re.compile(r"epoch: \[(\d+)/(\d+)\], (?:global_step|iter): (\d+), ")
BEGINS = ("epoch: [", "cur metr")  # of lines with numbers
EVALUATION = re.compile(r"cur met(?:ri|ir)c, ")  # misspelt in 2.0
BEST = re.compile(r"best met(?:ri|ir)c, ")
OF_A_SET = re.compile(r"metric of ([A-Za-z_]\w*), ", re.ASCII)  # ours, below those
BAR = re.compile(r"\d+%\|.*\|\s*\d+/\d+|\d+it \[\d\d:\d\d")  # tqdm's
EVAL_TOOL = re.compile(r"metric eval \*+$")
EVAL_TOOL_LINE = re.compile(r"(\w+):([-+.\deE]+|[-+]?(?:nan|inf)x*)$", re.IGNORECASE)

TRAIN_ENDINGS = frozenset(
    [("eta", ""), ("ips", "samples/s"), ("max_mem_reserved", "MB"), ("max_mem_allocated", "MB")]
)
TRAIN_ENDINGS_2_0 = frozenset([("ips", "")])
EVAL_ENDINGS = frozenset([("fps", "")])

# name of the event → how its line is known; groups are read by StockParser
EVENTS = {
    "iters": re.compile(r"^train dataloader has (\d+) iters"),
    "evals": re.compile(r"after the (\d+)th iteration, an evaluation is run every (\d+) iter"),
    "start": re.compile(r"^train with paddle \S+ (?:on|and device) (?:.*process\(es\), (\d+) )?"),
    "resume": re.compile(r"^resume from "),
    "pretrain": re.compile(r"^load pretrain(?:ed)?(?: model)? success"),
    "transplant": re.compile(r"^head transplanted"),
    "best": re.compile(r"^save best model"),
    "save": re.compile(r"^save model in"),
    "stop": re.compile(r"^stopped \("),
    "live": re.compile(r"^config edited while training"),
    "swap": re.compile(r"\bhot-?swap|config swap", re.IGNORECASE),
    "skip_step": re.compile(r"^step \d+ skipped"),
    "rollback": re.compile(r"^rolled back to step"),
    "throttled": re.compile(r"^the GPU is slowed down"),
    "impossible_loss": re.compile(r"^CTC loss is "),
    "crash": re.compile(r"^Traceback \(most recent call last\)"),
    "out_of_memory": re.compile(
        r"out of memory|ResourceExhausted|\bMemoryError|bad_alloc|Bus error", re.IGNORECASE
    ),
}
WITHOUT_PREFIX = ("crash", "out_of_memory")  # what ends up in a redirected console, too
OF_ANY_PROGRAM = frozenset((*WITHOUT_PREFIX, "warning", "error", "critical"))


def find_event(message: str, names: tuple[str, ...] | None = None) -> tuple[str, re.Match[str]]:
    """The name of the event that ``message`` tells, and the match; LookupError when none."""
    for name in names or EVENTS:
        if found := EVENTS[name].search(message):
            return name, found
    raise LookupError(message)


def learn_plan(plan: Plan, name: str, found: re.Match[str]) -> None:
    """Keep what an event tells of the steps to come."""
    if name == "iters":
        plan.steps_per_epoch = int(found.group(1))
    elif name == "evals":
        plan.eval_start, plan.eval_every = int(found.group(1)), int(found.group(2))
    elif name == "start" and found.group(1):
        plan.steps = int(found.group(1))


def moment(prefix: re.Match[str]) -> float | None:
    """Seconds since 1970 of a line's prefix, which is in local time; ``None`` if impossible."""
    midnight = _midnight(prefix.group(1))
    if midnight is None:
        return None
    hour, minute, second = map(int, prefix.group(2, 3, 4))
    return midnight + hour * 3600 + minute * 60 + second


@lru_cache(maxsize=64)
def _midnight(date: str) -> float | None:
    try:
        return time.mktime(time.strptime(date, "%Y/%m/%d"))
    except (ValueError, OverflowError):
        return None
