"""What a user chooses about pages: light, for ``--help``."""

from __future__ import annotations

import re

MIN_CONFIDENCE = 0.6  # junk of stamps, pictures and pens is under 0.85, text over 0.95
MAX_MEGAPIXELS = 60.0
DPI = 300.0  # at which a PDF's page is drawn


def page_numbers(text: str) -> list[range]:
    """``1-3,7`` or ``5-`` as ranges. Raises :class:`ValueError`."""
    ranges = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d+)\s*(?:(-)\s*(\d+)?)?\s*", part)
        if match is None or int(match[1]) < 1:
            raise ValueError(text)
        first = int(match[1])
        last = int(match[3]) if match[3] else 1_000_000 if match[2] else first
        if last < first:
            raise ValueError(text)
        ranges.append(range(first, last + 1))
    return ranges
