"""Twenty drafts confirmed at a glance; labels beside readings, letter by letter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typist import LabelPage, Served, draw_lines, free_port

Window = Callable[..., LabelPage]


def shown(page: LabelPage) -> list[int]:
    """The lines of the sheet, by the numbers in their pictures' addresses."""
    script = "all => all.map((each) => Number(each.src.match(/line.(\\d+)/)[1]))"
    return page.page.eval_on_selector_all("#sheets .item img", script)


def test_ctrl_enter_confirms_those_that_are_not_marked(shared: Served, window: Window) -> None:
    page = window(shared.url)
    page.show("sheets")
    page.page.wait_for_selector("#sheets .item[tabindex='0']")
    first = shown(page)
    assert len(first) == 20
    assert first == page.order("sheet")[:20]
    page.press("ArrowDown", "Space", "c", *["ArrowDown"] * 2, "Enter")  # two marked, one open
    assert page.page.locator("#sheets .item[aria-checked=false]").count() == 2
    page.page.keyboard.type(" sửa")
    page.press("Enter", "F2")  # accepted with another text; the next is unreadable
    page.press("Control+Enter")
    page.saved()
    kinds = [page.line(n)["kind"] for n in first]
    assert kinds == ["ok", "todo", "todo", "ok", "skip", *["ok"] * 15]
    assert page.line(first[3])["text"].endswith(" sửa")
    page.until("(n) => !document.querySelector(`#sheets img[src*='line/${n}?']`)", first[-1])
    assert len(shown(page)) == 20 and not set(shown(page)) & set(first)
    page.press("Control+z")  # the sheet is one step
    page.saved()
    assert [page.line(n)["kind"] for n in first].count("ok") == 1
    page.press("Control+y")
    page.saved()
    assert [page.line(n)["kind"] for n in first].count("ok") == 17
    page.press("Control+z", "Control+z", "Control+z")
    page.saved()
    assert [page.line(n)["kind"] for n in first] == ["todo"] * 20


def test_a_click_marks_and_pages_turn(shared: Served, window: Window) -> None:
    page = window(shared.url)
    page.show("sheets")
    page.page.wait_for_selector("#sheets .item[tabindex='0']")
    first = shown(page)
    page.page.click("#sheets .item >> nth=2")
    assert page.page.get_attribute("#sheets .item >> nth=2", "aria-checked") == "false"
    page.press("Space")
    assert page.page.get_attribute("#sheets .item >> nth=2", "aria-checked") == "true"
    page.press("PageDown")
    page.until("(n) => !document.querySelector(`#sheets img[src*='line/${n}?']`)", first[0])
    page.press("PageUp")
    page.until("(n) => document.querySelector(`#sheets img[src*='line/${n}?']`)", first[0])
    page.press("Enter")
    page.page.keyboard.type("?")
    page.press("Escape", "Escape")  # the draft, then out of the field
    assert page.page.locator("#sheets input").count() == 0
    page.saved()
    assert page.line(first[0])["kind"] == "todo"


LABELS = {  # line: a label that differs from the print
    0: "Tổng công: 1.250.000đ 0",
    1: "Số 27, đường 3/2, Quận 1O 1",
    2: "cộng hòa xã hội chủ nghĩa  2",
    3: "(028) 3829-4567 3",
}


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, list[str]]]:
    """Twelve lines with labels, two wrong in letters, two in spaces, punctuation and case."""
    folder = tmp_path_factory.mktemp("Soát nhãn") / "nhãn"
    texts = draw_lines(folder, 12)
    rows = [f"dòng {n:03d}.png\t{LABELS.get(n, text)}\n" for n, text in enumerate(texts)]
    (folder / "train.txt").write_text("".join(rows), encoding="utf-8", newline="\n")
    served = Served(folder, "--port", free_port())
    yield served.wait_for_drafts(), texts
    served.kill()


def test_labels_that_differ_in_letters_are_accepted_either_way(
    labelled: tuple[Served, list[str]], window: Window
) -> None:
    served, _ = labelled
    page = window(served.url)
    page.show("review")
    page.page.wait_for_selector("#review .pair")
    queue = page.order("review")
    assert {page.line(n)["text"] for n in queue} == {LABELS[0], LABELS[1]}
    first, second = page.n, queue[1]
    label, reading = page.line(first)["text"], page.line(first)["draft"]
    assert page.field == label
    cells = page.page.locator("#review .pair td").all_text_contents()
    assert [cell.replace("∅", "") for cell in cells] == [label, reading]
    marks = page.page.locator("#review .pair mark").all_text_contents()
    assert marks in (["ô", "ộ"], ["O", "0"])
    page.press("Control+Enter")  # the reading
    page.at(second)
    page.press("Enter")  # the label
    page.saved()
    assert (page.line(first)["text"], page.line(first)["kind"]) == (reading, "ok")
    assert page.line(second)["text"] in LABELS.values()
    page.press("Control+z", "Control+z")
    page.saved()
    assert page.line(first)["text"] == label
    page.at(first)
    page.press("F9")
    page.saved()
    assert page.line(first)["kind"] == "unsure"
    page.press("Control+z")
    page.saved()


def test_spaces_punctuation_and_case_are_a_second_queue(
    labelled: tuple[Served, list[str]], window: Window
) -> None:
    served, _ = labelled
    page = window(served.url)
    page.show("review")
    page.page.select_option("#review [data-part=queue]", "spelling")
    page.at(page.order("spelling")[0])
    texts = {page.line(n)["text"] for n in page.order("spelling")}
    assert "(028) 3829-4567 3" in texts
    page.press("Control+a")
    page.page.keyboard.insert_text("chữ khác")
    n = page.n
    page.press("Enter")
    page.saved()
    assert page.line(n)["text"] == "chữ khác"
    page.press("Control+z")
    page.saved()


def test_what_is_written_comes_back_as_it_was(
    tmp_path: Path, serve: Callable[..., Served], window: Window
) -> None:
    folder = tmp_path / "đi về"
    texts = draw_lines(folder, 5)
    rows = [f"dòng {n:03d}.png\t{text}\n" for n, text in enumerate(texts)]
    (folder / "train.txt").write_text("".join(rows), encoding="utf-8", newline="\n")
    served = serve(folder).wait_for_drafts()
    page = window(served.url)
    page.page.select_option("#lines [data-part=queue]", "all")
    page.at(page.order("all")[0])
    page.press("Control+a")
    page.page.keyboard.insert_text("khác hẳn")
    n = page.n
    page.press("Enter")
    page.saved()
    name = page.line(n)["name"]
    served.stop()
    written = (folder / "train.txt").read_text(encoding="utf-8")
    wanted = [f"{name}\tkhác hẳn\n" if row.startswith(name) else row for row in rows]
    assert written == "".join(wanted)
