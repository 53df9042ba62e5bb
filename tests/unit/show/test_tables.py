"""Tables: numbers to the right, and nothing that stands in a cell can break out of it."""

from __future__ import annotations

from ppocr_ext.show.tables import aligned, escape, markdown_table

ROWS = [("a|b", "0.5000 (0.4 to 0.6)", "−1.5"), ("c", "–", ""), (" ", "12", "+3 %")]


def test_markdown() -> None:
    assert markdown_table(("name", "acc", "gain"), ROWS).splitlines() == [
        "| name | acc | gain |",
        "|---|---:|---:|",
        "| a\\|b | 0.5000 (0.4 to 0.6) | −1.5 |",
        "| c | – |  |",
        "| (space) | 12 | +3 % |",
    ]
    assert markdown_table(("a", "b"), []) == "| a | b |\n|---|---|"
    assert markdown_table(("a",), [("`x`",)], is_markdown=True) == "| a |\n|---|\n| `x` |"


def test_plain_text() -> None:
    assert aligned([("name", "acc", "gain"), *ROWS]).splitlines() == [
        "name                  acc  gain",
        "a|b   0.5000 (0.4 to 0.6)  −1.5",
        "c                       –",
        "                       12  +3 %",
    ]


def test_no_text_becomes_a_mark_a_tag_or_a_command() -> None:
    assert escape("<b>&\\`*_{}[]|#~") == "&lt;b&gt;&amp;" + "".join(
        f"\\{c}" for c in "\\`*_{}[]|#~"
    )
    assert escape("one\ntwo\r\x1b[2J\u202e") == "one two \\\\x1b\\[2J\\\\u202e"
