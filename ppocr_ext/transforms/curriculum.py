"""How strong augmentation is at a step: a pure function, so that a resumed run agrees."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Curriculum:
    """Strength 0..1 that goes in a straight line from ``start`` to ``end`` over ``steps``."""

    start: float = 1.0
    end: float = 1.0
    steps: int = 0

    def __call__(self, step: int) -> float:
        if step >= self.steps:
            return self.end
        return self.start + (self.end - self.start) * step / self.steps
