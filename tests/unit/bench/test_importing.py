"""The import's benchmark runs through; the speed of this machine is not tested."""

from __future__ import annotations

from bench.importing import measure


def test_every_row_is_measured() -> None:
    rows = measure(2, 0)
    assert [row.what for row in rows] == [
        "40 crops of 2 pages beside decoding and encoding alone",
        "the same command again",
    ]
    assert all("s" in row.measured for row in rows)
