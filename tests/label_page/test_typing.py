"""Enter, Tab, Esc and Backspace beside input methods, in each order that browsers send them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from typist import LabelPage, Served

Window = Callable[..., LabelPage]
Steps = tuple[tuple[str, ...], ...]

HELD: Steps = (
    *((("repeat", "13"),) * 3),
    ("600",),
    *((("repeat", "13"),) * 3),
)  # over half a second

# What browsers send for one Enter after "việt" was composed, measured with ibus-unikey,
# fcitx5-unikey, bamboo, Windows and Safari. Numbers are pauses in ms.
ORDERS: dict[str, Steps] = {
    "nothing composed": (("commit",), ("down", "13"), ("up", "13")),
    "ibus: taken, committed, sent again": (
        *(("compose",), ("down", "229"), ("commit",), ("down", "13"), ("up", "13")),
    ),
    "ibus, slow": (
        *(
            ("compose",),
            ("down", "229"),
            ("20",),
            ("commit",),
            ("80",),
            ("down", "13"),
            ("up", "13"),
        ),
    ),
    "fcitx: not sent again": (("compose",), ("down", "229"), ("commit",), ("up", "229")),
    "Windows: up before the end": (("compose",), ("down", "229"), ("up", "229"), ("commit",)),
    "bamboo: Enter first, the letters later": (
        *(("compose",), ("down", "13"), ("20",), ("commit",), ("up", "13")),
    ),
    "Safari: the end first": (("compose",), ("commit",), ("down", "229"), ("up", "229")),
    "the end never comes": (("compose",), ("down", "229"), ("up", "229")),
    "held": (
        *(("compose",), ("down", "229"), ("commit",), ("down", "13")),
        *HELD,
        ("up", "13"),
    ),
    "held, nothing composed": (
        ("commit",),
        ("down", "13"),
        *HELD,
        ("up", "13"),
    ),
}


def play(page: LabelPage, steps: Steps) -> None:
    for step in steps:
        name = step[0]
        if name == "compose":
            for text in ("v", "vi", "viê", "việt"):
                page.compose(text)
        elif name == "commit":
            page.commit("việt")
        elif name in ("down", "up", "repeat"):
            page.enter("up" if name == "up" else "down", int(step[1]), name == "repeat")
        else:
            page.page.wait_for_timeout(int(name))


@pytest.mark.parametrize("order", ORDERS)
def test_one_enter_accepts_one_line_with_all_its_letters(
    order: str, shared: Served, window: Window
) -> None:
    page = window(shared.url)
    first, second = page.order("lines")[:2]
    assert page.n == first
    page.press("Control+a", "Delete")
    page.page.keyboard.insert_text("tiếng ")
    play(page, ORDERS[order])
    page.at(second)
    page.page.wait_for_timeout(300)  # longer than each of the page's own waits
    page.saved()
    assert page.line(first)["text"] == "tiếng việt"
    assert page.n == second
    assert page.line(second)["kind"] == "todo"
    assert page.field == (page.line(second)["draft"] or "")
    page.press("Enter")  # the next Enter is a new one
    page.until("(n) => document.querySelector('.card.current').dataset.n !== n", str(second))


def test_tab_and_escape_belong_to_the_composition(shared: Served, window: Window) -> None:
    page = window(shared.url)
    n = page.n
    page.press("Control+a", "Delete")
    page.compose("việ")
    page.key("Tab")
    page.press("Tab")
    page.key("Escape")
    page.key("ArrowDown")
    assert (page.n, page.field) == (n, "việ")
    page.commit("việt")
    page.press("Escape")
    assert page.field == page.line(n)["draft"]
    page.press("Backspace")
    page.press("Control+z")
    assert page.field == page.line(n)["draft"]


def test_backspaces_of_an_input_method_only_change_the_text(shared: Served, window: Window) -> None:
    page = window(shared.url)
    n = page.n
    page.press("End")
    page.page.keyboard.type(" tieng")
    page.press(*["Backspace"] * 3)  # Unikey and OpenKey send these, then the new letters
    page.page.keyboard.insert_text("ếng")
    assert page.field == f"{page.line(n)['draft']} tiếng"
    page.press("Escape", "Escape")  # the draft, then out of the field
    assert page.page.evaluate("document.activeElement.id") == "main"
    page.press(*["Backspace"] * 3)
    assert page.n == n
    assert page.line(n)["kind"] == "todo"


def test_letters_and_digits_do_nothing_but_type(shared: Served, window: Window) -> None:
    page = window(shared.url)
    n = page.n
    page.press("Control+a", "Delete")
    typed = "rmso0x[]+-? tieengs Vieejt 123"
    page.page.keyboard.type(typed)
    assert (page.n, page.field) == (n, typed)
