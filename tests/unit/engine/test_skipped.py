"""Lines that are left out of their batch: named once each, counted by reason."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ppocr_ext.data.dataset import Problem, Reason
from ppocr_ext.engine.hooks.skipped import SkippedLines


def test_lines_are_counted_by_reason_whatever_their_own_words_are() -> None:
    told: list[tuple[str, str]] = []
    hook = SkippedLines(lambda text, name: told.append((text, name)))
    skipped = [
        ("a.png", Problem(Reason.STEPS, "label needs 40 CTC steps, its image gives 11")),
        ("b.png", Problem(Reason.STEPS, "label needs 1 CTC step, its image gives 0")),
        ("c.png", Problem(Reason.UNREADABLE, "unreadable image: empty file")),
    ]
    result: Any = SimpleNamespace(batches=[SimpleNamespace(skipped=skipped + skipped[:1])])
    trainer: Any = SimpleNamespace(stop_reason="")
    hook.after_step(trainer, result)
    hook.on_end(trainer)
    assert told == [
        ("left out: a.png: label needs 40 CTC steps, its image gives 11", "skip_line"),
        ("left out: b.png: label needs 1 CTC step, its image gives 0", "skip_line"),
        ("left out: c.png: unreadable image: empty file", "skip_line"),
        (
            "training lines left out since the start: 2 (label too long for its image)",
            "skipped_lines",
        ),
        ("training lines left out since the start: 1 (unreadable image)", "skipped_lines"),
    ]
