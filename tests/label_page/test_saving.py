"""Nothing typed is lost: offline, a killed server, a reload, two windows, other programs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typist import LabelPage, Served, draw_lines, free_port

Window = Callable[..., LabelPage]
Serve = Callable[..., Served]


def test_offline_for_a_while(shared: Served, window: Window) -> None:
    page = window(shared.url)
    order = page.order("lines")[:3]
    page.page.context.set_offline(True)
    page.press("Enter")
    page.page.keyboard.type(" ngoại tuyến")
    page.press("Enter", "F2")
    page.until("document.querySelector('#saved').className === 'wrong'")
    said = page.page.text_content("#saved") or ""
    assert "3 not saved" in said
    page.page.context.set_offline(False)
    page.saved()
    assert [page.line(n)["kind"] for n in order] == ["ok", "ok", "skip"]
    assert page.line(order[1])["text"].endswith(" ngoại tuyến")
    page.press(*["Control+z"] * 3)
    page.saved()
    assert [page.line(n)["kind"] for n in order] == ["todo"] * 3


def test_the_server_is_killed_and_comes_back(tmp_path: Path, serve: Serve, window: Window) -> None:
    folder = tmp_path / "bị giết"
    draw_lines(folder, 12)
    served = serve(folder).wait_for_drafts()
    page = window(served.url)
    order = page.order("lines")
    page.press("Enter")
    page.saved()
    served.kill()
    page.press("Enter")
    page.page.keyboard.type(" sau")
    page.press("Enter")
    page.page.keyboard.type(" dở dang")
    page.until("document.querySelector('#saved').className === 'wrong'")
    page.page.close()  # and the browser ends, too
    served.start()
    served.wait_for_drafts()
    page = LabelPage(page.page.context.new_page())
    page.page.add_init_script("window.slow = {'/api/actions': 500}")  # it waits for what it sends
    page.open(served.url)
    page.saved()
    assert [page.line(n)["kind"] for n in order[:4]] == ["ok", "ok", "ok", "todo"]
    assert page.line(order[2])["text"].endswith(" sau")
    assert page.n == order[3]
    assert page.field.endswith(" dở dang")
    page.press("Enter")
    page.saved()
    served.stop()
    labels = dict(
        row.split("\t")
        for name in ("train.txt", "val.txt")
        if (folder / name).exists()
        for row in (folder / name).read_text(encoding="utf-8").splitlines()
    )
    assert len(labels) == 4


def test_a_new_window_shows_lines_while_old_actions_cannot_be_sent(
    shared: Served, window: Window
) -> None:
    page = window(shared.url)
    first = page.n
    page.page.context.route("**/api/actions", lambda route: route.abort())
    page.press("Enter")
    page.until("document.querySelector('#saved').className === 'wrong'")
    page.page.reload()
    page.ready()
    page.at(first)
    page.page.context.unroute("**/api/actions")
    page.saved()
    assert page.line(first)["kind"] == "ok"
    page.press("Control+z")
    page.saved()


def test_undo_and_redo_outlive_a_reload(shared: Served, window: Window) -> None:
    page = window(shared.url)
    first, second = page.order("lines")[:2]
    draft = page.field
    page.page.keyboard.type(" x")
    page.press("Enter", "F2")
    page.saved()
    page.page.reload()
    page.ready()
    page.press("Control+z")
    page.at(second)
    page.press("Control+z")
    page.at(first)
    page.saved()
    assert [page.line(n)["kind"] for n in (first, second)] == ["todo", "todo"]
    page.press("Control+y", "Control+y")
    page.saved()
    assert [page.line(n)["kind"] for n in (first, second)] == ["ok", "skip"]
    assert page.line(first)["text"] == f"{draft} x"
    page.press("Control+z", "Control+z", "Control+z")
    page.saved()
    assert page.page.locator("#notice:not([hidden])").count() == 1  # nothing more to undo


def test_one_undo_at_a_time_offline(shared: Served, window: Window) -> None:
    page = window(shared.url)
    first, second = page.order("lines")[:2]
    page.page.context.set_offline(True)
    page.press("Enter", "Enter", "Control+z")
    assert page.n == second  # at once
    page.page.context.set_offline(False)
    page.saved()
    assert [page.line(n)["kind"] for n in (first, second)] == ["ok", "todo"]
    page.press("Control+z")
    page.saved()


def test_two_windows_one_line(shared: Served, window: Window) -> None:
    one, other = window(shared.url), window(shared.url)
    n = one.n
    assert other.n == n
    one.page.keyboard.type(" một")
    other.page.keyboard.type(" hai")
    one.press("Enter")
    one.saved()
    other.press("Enter")
    other.until("document.querySelector('#notice').textContent.includes('both')")
    other.saved()
    line = one.line(n)
    assert line["kind"] == "conflict"
    assert {text.split()[-1] for text in line["texts"]} == {"một", "hai"}
    one.show("review")
    one.at(n)
    shown = one.page.text_content(".pair") or ""
    assert "một" in shown and "hai" in shown
    one.press("Enter")
    one.saved()
    assert one.line(n)["kind"] == "ok"


def test_a_line_that_somebody_else_has_is_named(shared: Served, window: Window) -> None:
    one = window(shared.url)
    address = f"{one.page.url}api/changes"
    while not one.page.request.get(address).json()["leases"]:
        one.page.wait_for_timeout(50)
    other = window(shared.url)
    other.until("document.querySelector('#notice').textContent.includes('is on this line')")


def test_who_labels_is_asked_once_in_a_network(
    tmp_path: Path, serve: Serve, window: Window
) -> None:
    folder = tmp_path / "nhiều người"
    texts = draw_lines(folder, 3)
    served = serve(folder, "--lan", "--port", free_port()).wait_for_drafts()
    page = window(served.url)
    page.page.wait_for_selector("dialog#who[open]")
    page.page.keyboard.type("Lan")
    page.press("Enter")
    page.until("!document.querySelector('dialog[open]')")
    page.until("document.activeElement.matches('.card .text')")
    n = page.n
    page.press("Enter")
    page.saved()
    assert (page.line(n)["kind"], page.line(n)["who"]) == ("ok", "Lan")
    page.page.reload()
    page.ready()
    assert page.page.locator("dialog[open]").count() == 0
    page.press("F10", "Tab", "Enter")  # by keyboard alone to the end: the others at a glance
    page.until("document.querySelectorAll('#sheets .item').length === 2")
    page.press("Control+Enter")
    page.saved()
    served.stop()
    written = [folder / name for name in ("train.txt", "val.txt") if (folder / name).exists()]
    rows = [row for path in written for row in path.read_text(encoding="utf-8").splitlines()]
    assert sorted(rows) == [f"dòng {n:03d}.png\t{text}" for n, text in enumerate(texts)]


def test_a_reading_address_shows_and_changes_nothing(
    tmp_path: Path, serve: Serve, window: Window
) -> None:
    folder = tmp_path / "chỉ xem"
    draw_lines(folder, 6)
    served = serve(folder).wait_for_drafts()
    session = json.loads((folder / "labelling" / "session.json").read_text(encoding="utf-8"))
    page = window(served.url.split("=")[0] + "=" + session["read"])
    assert page.page.locator(".writes:not([hidden])").count() == 0
    assert page.page.evaluate("document.querySelector('.card.current input').readOnly")
    page.press("Enter", "F2", "Control+z")
    page.show("sheets")
    page.press("Control+Enter")
    assert len(page.order("lines")) == 6


def test_a_file_that_another_program_changed_is_asked_about(
    tmp_path: Path, serve: Serve, window: Window
) -> None:
    folder = tmp_path / "tệp"
    draw_lines(folder, 8)
    page = window(serve(folder, "--val", "0", "--port", "0").wait_for_drafts().url)
    page.press("Enter")
    page.saved()
    labels = folder / "train.txt"
    write = """async () => (await fetch("/api/write", {method: "POST", body: "{}",
        headers: {"Content-Type": "application/json"}})).status"""
    assert page.page.evaluate(write) == 200
    assert labels.exists()
    with open(labels, "a", encoding="utf-8", newline="\n") as stream:
        stream.write("khác.png\tkhác\n")
    os.utime(labels, (1, 1))
    page.press("Enter")
    page.page.wait_for_selector("dialog#files[open]", timeout=20_000)
    assert "train.txt" in (page.page.text_content("#changed") or "")
    page.page.click("[data-take=mine]")
    page.until("document.querySelector('#notice').textContent.includes('train_2.txt')")
    assert "khác" in (folder / "train_2.txt").read_text(encoding="utf-8")


@pytest.mark.skipif(os.name == "nt", reason="a full disk is a limit of the process here")
def test_a_full_disk_is_said_and_the_rest_is_kept(shared: Served, window: Window) -> None:
    page = window(shared.url)
    n = page.n
    full = {"error": {"code": "disk", "found": "No space left on device"}}
    page.page.route("**/api/actions", lambda route: route.fulfill(status=507, json=full))
    page.press("Enter")
    page.until("document.querySelector('#saved').className === 'wrong'")
    assert "disk is full" in (page.page.text_content("#saved") or "")
    page.page.unroute("**/api/actions")
    page.saved()
    assert page.line(n)["kind"] == "ok"
    page.press("Control+z")
    page.saved()


def test_one_bad_action_does_not_hold_the_others_up(shared: Served, window: Window) -> None:
    page = window(shared.url)
    first, second = page.order("lines")[:2]

    def refuse(route: object) -> None:
        body = json.loads(route.request.post_data)  # type: ignore[attr-defined]
        if any(action.get("n") == first for action in body["actions"]):
            route.fulfill(status=400, json={"error": {"code": "bad_request"}})  # type: ignore
        else:
            route.continue_()  # type: ignore[attr-defined]

    page.page.context.set_offline(True)
    page.page.keyboard.type(" giữ")
    page.press("Enter", "Enter")
    page.page.route("**/api/actions", refuse)
    page.page.context.set_offline(False)
    page.saved()
    assert [page.line(n)["kind"] for n in (first, second)] == ["todo", "ok"]
    assert "giữ" in page.notice
    kept = page.page.evaluate(
        "Object.entries(localStorage).filter(([key]) => key.includes(':aside:'))"
    )
    assert len(kept) == 1 and " giữ" in kept[0][1]
    page.press("Control+z")
    page.saved()
