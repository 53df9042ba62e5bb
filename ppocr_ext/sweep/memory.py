"""Whether one more trial fits into this machine's memory beside those that run."""

from __future__ import annotations

from collections.abc import Sequence

RESERVE = 1.1  # times what trials have needed


def has_room(available_mb: float, taken_mb: Sequence[float], need_mb: float | None) -> bool:
    """Whether the running trials and one more can all grow to ``need_mb``.

    Args:
        available_mb: what the system could give to processes now.
        taken_mb: what each running trial holds already.
        need_mb: the most that a trial takes; ``None`` while that is unknown.
    """
    if not taken_mb:
        return True  # without this one, nothing would ever run
    if need_mb is None:
        return False
    growth = sum(max(need_mb - taken, 0.0) for taken in taken_mb)
    return available_mb >= growth + RESERVE * need_mb
