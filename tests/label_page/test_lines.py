"""The view of lines: every key, what is kept of an edited line, and the menu of a letter."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from typist import LabelPage, Served

Window = Callable[..., LabelPage]


@pytest.fixture
def page(shared: Served, window: Window) -> LabelPage:
    return window(shared.url)


def settled(page: LabelPage, n: int) -> tuple[str, str]:
    page.saved()
    line = page.line(n)
    return line["kind"], line["text"]


def test_enter_accepts_and_goes_on_and_says_saved_only_then(page: LabelPage) -> None:
    first = page.n
    draft = page.field
    page.press("Enter", "Enter")
    assert page.n not in (first, page.order("all")[0])
    assert settled(page, first) == ("ok", draft)
    counts = page.page.text_content("#counts")
    assert counts is not None and "done" in counts and "left" in counts


def test_arrows_and_page_keys_move_without_accepting(page: LabelPage) -> None:
    order = page.order("lines")
    page.press("ArrowDown")
    assert page.n == order[1]
    page.press("PageDown")
    page.at(order[11])
    page.press("PageUp", "ArrowUp", "ArrowUp")
    assert page.n == order[0]
    page.saved()
    assert page.order("lines") == order


def test_an_edited_line_is_kept_as_a_draft_and_escape_brings_the_draft_back(
    page: LabelPage,
) -> None:
    n, draft = page.n, page.field
    page.page.keyboard.type(" thêm")
    page.press("ArrowDown")
    page.saved()
    assert page.line(n)["typed"] == f"{draft} thêm"
    assert page.line(n)["kind"] == "todo"
    page.press("ArrowUp")
    assert page.field == f"{draft} thêm"
    page.press("Escape")
    assert page.field == draft


def test_unreadable_unsure_bad_and_again(page: LabelPage) -> None:
    for key, kind in (("F2", "skip"), ("F9", "unsure"), ("F4", "bad")):
        n = page.n
        page.press(key)
        assert page.n != n
        assert settled(page, n)[0] == kind
        page.press("Control+z")
        assert page.n == n
        assert settled(page, n)[0] == "todo"
        page.press("Control+y")
        assert settled(page, n)[0] == kind
        page.press("Control+z")
        page.saved()
    n = page.n
    page.press("Enter", "ArrowUp", "Escape", "Escape")  # the draft, then out of the field
    assert settled(page, n)[0] == "ok"
    page.page.keyboard.type("x")  # in no field
    page.press("Control+Delete")
    assert settled(page, n)[0] == "todo"
    page.page.keyboard.type(" x")  # its field is open again
    assert page.field == page.line(n)["draft"] + " x"
    page.press("Escape")


def test_f8_finds_uncertain_lines_both_ways(page: LabelPage) -> None:
    order = page.order("lines")
    doubtful = [n for n in order if page.line(n)["conf"] < 0.9]
    page.press("F8")
    if not [n for n in doubtful if n != order[0]]:
        page.until("!document.querySelector('#notice').hidden")
        assert "uncertain" in page.notice
        return
    wanted = next(n for n in order[1:] if n in doubtful)
    page.at(wanted)
    page.press("PageDown", "Shift+F8")
    page.at(wanted)


def test_tab_walks_through_uncertain_letters_then_lines(shared: Served, window: Window) -> None:
    page = window(shared.url)
    order = page.order("lines")
    page.page.route(
        "**/letters*",
        lambda route: route.fulfill(
            json={
                "letters": [
                    {"c": c, "conf": 0.5 if i in (1, 3) else 0.99, "others": [["Ử", 0.3]]}
                    for i, c in enumerate(page.line(order[5])["draft"])
                ]
            }
        ),
    )
    page.press("ArrowDown", *["ArrowDown"] * 4)
    assert page.n == order[5]
    page.until("document.querySelectorAll('.card.current .doubt').length === 2")
    chosen = "[document.activeElement.selectionStart, document.activeElement.selectionEnd]"
    page.press("Tab")
    assert page.page.evaluate(chosen) == [1, 2]
    page.press("Tab")
    assert page.page.evaluate(chosen) == [3, 4]
    page.press("Shift+Tab")
    assert page.page.evaluate(chosen) == [1, 2]
    draft = page.field
    page.press("Alt+ArrowDown")  # the network's candidate stands first
    page.page.wait_for_selector(".menu:not([hidden])")
    page.press("ArrowDown", "ArrowUp", "Enter")
    assert page.field == draft[0] + "Ử" + draft[2:]
    page.press("Control+z")  # the field's own undo
    assert (page.n, page.field) == (order[5], draft)
    page.press("Alt+ArrowDown")
    page.page.wait_for_selector(".menu:not([hidden])")
    page.press("Escape")
    assert page.page.locator(".menu:not([hidden])").count() == 0
    page.press("Home", "Tab", "Tab", "Tab")
    page.at(order[6])
    page.press("Shift+Tab")
    page.at(order[5])


def test_the_menu_offers_the_tones_and_shapes_of_a_letter(page: LabelPage) -> None:
    page.press("Control+a", "Delete")
    page.page.keyboard.insert_text("E")
    page.press("Alt+ArrowDown")
    page.page.wait_for_selector(".menu:not([hidden])")
    shown = page.page.eval_on_selector_all(".menu li", "all => all.map((each) => each.textContent)")
    assert {"É", "È", "Ẻ", "Ẽ", "Ẹ", "Ê", "Ế"} <= set(shown) and "e" not in shown[:6]
    page.page.click(f".menu li >> nth={shown.index('Ê')}")
    assert page.field == "Ê"


@pytest.mark.parametrize(
    "text, kind, hint",
    [
        ("tieengs Vieejt", "telex", "tiếng"),
        ("tie61ng", "vni", "tiếng"),
        ("giá ☃", "dictionary", "☃"),
        ("hai  dấu ", "spaces", "spaces"),
        ("nghẽ nghĩễng", "syllable", "nghĩễng"),
    ],
)
def test_what_is_wrong_is_shown_while_typing(
    page: LabelPage, text: str, kind: str, hint: str
) -> None:
    page.press("Control+a", "Delete")
    page.page.keyboard.insert_text(text)
    page.page.wait_for_selector(f".card.current .mirror .{kind}", state="attached")
    assert hint in (page.page.text_content(".card.current .hints") or "")
    assert page.page.text_content(".card.current .mirror") == text


def test_an_empty_field_is_not_accepted(page: LabelPage) -> None:
    n = page.n
    page.press("Control+a", "Delete", "Enter")
    assert page.n == n
    assert "F2" in page.notice


def test_a_row_of_the_list_opens_its_line(page: LabelPage) -> None:
    order = page.order("lines")
    page.page.click("#lines .row[data-index='3']")
    assert page.n == order[3]
    assert page.page.evaluate("document.activeElement.className") == "text"


def test_the_whole_page_can_be_left_and_entered_by_keys(page: LabelPage) -> None:
    page.press("Escape")
    page.press("F10")
    assert page.page.evaluate("document.activeElement.dataset.view") == "lines"
    page.press("Tab", "Enter")
    page.page.wait_for_selector("#sheets:not([hidden])")
    page.until("!document.activeElement.dataset.view")  # the sheet has the focus
    page.press("F10", "Shift+Tab", "Enter")
    page.until("document.activeElement.matches('#lines .text')")
    page.press("Escape", "?")
    page.page.wait_for_selector("dialog#help[open]")
    rows = page.page.locator("#help tbody tr").count()
    assert rows == 18
    page.press("Escape")
    assert page.page.locator("dialog[open]").count() == 0


def test_labels_are_text_and_never_html(page: LabelPage) -> None:
    n = page.n
    evil = "<img src=x onerror='document.title=1'>"
    page.press("Control+a", "Delete")
    page.page.keyboard.insert_text(evil)
    page.press("Enter")
    page.saved()
    page.press("ArrowDown", "ArrowUp", "ArrowUp")
    assert page.n == n and page.field == evil
    assert page.page.locator("img[src=x]").count() == 0
    assert page.page.title() != "1"
    page.press("ArrowDown", "Control+z")
    page.saved()


@pytest.mark.parametrize(
    "options",
    [
        {"locale": "vi-VN"},
        {"color_scheme": "dark"},
        {"viewport": {"width": 640, "height": 360}},  # 200 % at 1280 × 720
    ],
    ids=["vi", "dark", "zoomed"],
)
def test_it_fits_every_window(shared: Served, window: Window, options: dict) -> None:
    page = window(shared.url, **options)
    for view in ("lines", "sheets", "review"):
        page.show(view)
        box = page.page.evaluate("[document.body.scrollWidth, innerWidth]")
        assert box[0] <= box[1]
    page.show("lines")
    page.until("""(() => {
        const box = document.querySelector("#lines .card.current input").getBoundingClientRect();
        return box.height > 0 && box.bottom <= innerHeight; })()""")
    language = page.page.evaluate("document.documentElement.lang")
    assert language == ("vi" if "locale" in options else "en")
