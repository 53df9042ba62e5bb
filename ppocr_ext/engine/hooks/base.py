"""What a hook may do, and when."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ppocr_ext.errors import reason_of

if TYPE_CHECKING:
    from ppocr_ext.config import Config
    from ppocr_ext.engine.loop import Trainer
    from ppocr_ext.engine.step import StepResult

logger = logging.getLogger(__name__)


@contextmanager
def spared(path: Path) -> Iterator[None]:
    """Around writing what a run can do without: when that fails, it is a warning, not its end."""
    try:
        yield
    except OSError as error:
        text = "%s is not written, training continues: %s"
        logger.warning(text, path.as_posix(), reason_of(error))


class Hook:
    """One idea attached to the loop. Hooks are called in the order of one list::

        configure           before the start, and whenever live keys of the config change
        on_start
        while not finished:
            after_step      after every optimizer step
            after_epoch     after the last step of an epoch
        on_end              always, also after Ctrl-C

    and, whenever somebody evaluated, ``after_evaluation``.
    """

    def configure(self, config: Config) -> None:
        """Take the keys that may change while training runs."""

    def on_start(self, trainer: Trainer) -> None:
        """Before the first step, with everything built and loaded."""

    def after_step(self, trainer: Trainer, result: StepResult) -> None:
        """``trainer.state.global_step`` counts the step just taken."""

    def after_epoch(self, trainer: Trainer) -> None:
        """``trainer.state.epoch`` is the epoch just finished."""

    def after_evaluation(self, trainer: Trainer, metrics: Mapping[str, Any]) -> None:
        """metrics: the record that was emitted; ``beaten`` lists the bests that it beat."""

    def on_end(self, trainer: Trainer) -> None:
        """After the last step; ``trainer.stop_reason`` says why."""
