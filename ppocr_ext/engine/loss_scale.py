"""Loss scaling, so that small gradients do not vanish in float16."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

GROW_AFTER = 1000  # good steps, as Paddle's GradScaler


@dataclass
class LossScale:
    """What losses are multiplied with before the backward pass, and gradients divided by after it.

    A dynamic scale doubles after many good steps and halves when gradients overflow
    (Micikevicius et al., Mixed Precision Training, ICLR 2018). Powers of two change no digit of a
    gradient in float32. Paddle's ``GradScaler`` does the same on a GPU alone, skips by rules of
    its own, and its saved state cannot be written as JSON and loaded again.
    """

    scale: float = 1.0
    dynamic: bool = False
    good_steps: int = 0

    @property
    def can_shrink(self) -> bool:
        return self.dynamic and self.scale > 1.0

    def update(self, finite: bool) -> None:
        """Learn how the gradients of a step came out."""
        if not finite:
            self.scale = max(self.scale / 2, 1.0) if self.can_shrink else self.scale
            self.good_steps = 0
            return
        self.good_steps += 1
        if self.dynamic and self.good_steps == GROW_AFTER:
            self.scale, self.good_steps = self.scale * 2, 0

    def state(self) -> dict[str, Any]:
        return asdict(self)

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Go on from :meth:`state`, unless the scale is fixed now."""
        if self.dynamic and saved.get("dynamic"):
            self.scale, self.good_steps = saved["scale"], saved["good_steps"]
