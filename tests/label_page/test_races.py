"""Keys that come while answers are on their way, and answers that come after other keys."""

from __future__ import annotations

from collections.abc import Callable

from typist import NEWS_AT_ONCE, LabelPage, Served

Window = Callable[..., LabelPage]


def test_the_queue_that_was_chosen_last_is_shown(shared: Served, window: Window) -> None:
    page = window(shared.url)
    lines = page.order("lines")
    page.slow(**{"name=unsure": 400})
    page.page.select_option("#lines [data-part=queue]", "unsure")
    page.page.select_option("#lines [data-part=queue]", "lines")
    page.page.wait_for_timeout(600)
    page.at(lines[0])
    page.press("ArrowDown")
    assert page.n == lines[1]


def test_an_undo_that_is_saved_late_leaves_the_line_where_somebody_types(
    shared: Served, window: Window
) -> None:
    page = window(shared.url)
    first, second = page.order("lines")[:2]
    page.press("Enter")
    page.saved()
    page.slow(**{"/api/actions": 300})
    page.press("Control+z")
    assert page.n == first
    page.press("ArrowDown")
    page.page.keyboard.type(" chữ")
    page.saved()
    assert page.n == second and page.field.endswith(" chữ")
    assert page.line(first)["kind"] == "todo"
    page.press("Escape", "ArrowUp")
    page.saved()


def test_a_line_that_is_not_here_yet_is_neither_done_nor_decided(
    shared: Served, window: Window
) -> None:
    page = window(shared.url)
    order = page.order("lines")
    page.page.context.set_offline(True)
    page.press(*["PageDown"] * 7)
    stage = "document.querySelector('#lines .stage').textContent"
    page.until(f"{stage}.includes('No connection')")
    page.press("F2", "Control+Delete", "F4", "Enter")
    assert page.page.locator("#notice:not([hidden])").count() == 0
    page.page.context.set_offline(False)
    page.at(order[70])
    page.until("document.activeElement.matches('.current .text')")
    page.saved()
    assert page.order("lines") == order


def test_news_between_two_looks_are_not_lost_by_a_dialog(shared: Served, window: Window) -> None:
    page = window(shared.url, script=NEWS_AT_ONCE)
    n = page.order("lines")[3]
    page.page.route("**/api/changes*", lambda route: route.abort())
    page.act("keep", n=n, text="của người khác")

    def evaluated(route: object) -> None:
        state = route.fetch().json()  # type: ignore[attr-defined]
        scores = {"acc": 0.62, "acc_low": 0.48, "acc_high": 0.75, "cer": 0.0812, "cer_low": 0.05}
        state["evaluation"] = {"n": 50, **scores, "cer_high": 0.115, "order": "mixed"}
        state["train"]["install"] = "pip install more"
        route.fulfill(json=state)  # type: ignore[attr-defined]

    page.page.route("**/api/state", evaluated)
    page.page.click("[data-dialog=train]")
    page.page.wait_for_selector("dialog#train[open]")
    said = page.page.text_content("dialog#train") or ""
    assert "50 of your own lines: 62 % of lines right (95 %: 48–75), CER 8.1 % (5–11.5)" in said
    assert "hard" in said and "pip install more" in said
    assert "workspace.py improve " in said and "train.txt" in said and "0 held out" in said
    page.page.unroute("**/api/changes*")
    page.until("document.querySelector('#lines .row[data-index=\"3\"]').textContent[0] === 'c'")
    page.act("keep", n=n, text="")
    page.press("Escape")


def test_a_view_that_was_empty_while_drafts_were_read_fills(shared: Served, window: Window) -> None:
    page = window(shared.url, script=NEWS_AT_ONCE)

    def loading(route: object) -> None:
        answer = route.fetch()  # type: ignore[attr-defined]
        news = answer.json()
        route.fulfill(json={**news, "drafts": {**news["drafts"], "state": "loading"}})  # type: ignore

    none = {"ns": [], "confs": [], "lines": [], "version": 1}
    page.page.route("**/api/changes*", loading)
    page.page.route("**/api/queue?name=sheet*", lambda route: route.fulfill(json=none))
    page.until("document.querySelector('#reading').textContent.includes('Opening')")
    page.show("sheets")
    page.until("document.querySelector('#sheets p').textContent.includes('No confident')")
    page.page.unroute("**/api/queue?name=sheet*")
    page.page.unroute("**/api/changes*", loading)
    page.until("document.querySelectorAll('#sheets .item').length === 20")
