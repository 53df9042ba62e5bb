"""Things that are lent to one person at a time."""

from __future__ import annotations

import time
from typing import Any

SECONDS = 60.0


class Leases:
    """By number. A client holds one thing, for a minute unless it asks again."""

    def __init__(self) -> None:
        self._held: dict[int, tuple[str, str, float]] = {}  # client, its person, until when

    def lend(self, client: str, who: str, n: int | None) -> str | None:
        """Lend a thing, or none, and take back what the client had; who has it, else ``None``."""
        now = time.monotonic()
        held = {key: each for key, each in self._held.items() if each[2] > now}
        self._held = {key: each for key, each in held.items() if each[0] != client}
        if n in self._held:
            return self._held[n][1] or "?"
        if n is not None:
            self._held[n] = (client, who, now + SECONDS)
        return None

    def shown(self, client: str) -> list[dict[str, Any]]:
        """All that are lent, as ``client`` sees them."""
        held = [(n, *each) for n, each in self._held.items() if each[2] > time.monotonic()]
        return [{"n": n, "who": who, "mine": own == client} for n, own, who, _ in held]
