"""The page with its boxes: pointer and keys, and each action taken back and repeated."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typist import NEWS_AT_ONCE, LabelPage, Served, free_port

Window = Callable[..., LabelPage]
Quad = list[list[float]]
ROWS = ("Tổng cộng: 1.250.000đ", "Số 27, đường 3/2, Quận 10", "Thành tiền", "Ngày 09/11/2025")


def draw_page(path: Path) -> None:
    from PIL import Image, ImageDraw, ImageFont

    plots = importlib.util.find_spec("matplotlib")
    assert plots and plots.submodule_search_locations
    place = f"{plots.submodule_search_locations[0]}/mpl-data/fonts/ttf/DejaVuSans.ttf"
    font = ImageFont.truetype(place, 34)
    image = Image.new("RGB", (900, 700), "white")
    for row, text in enumerate(ROWS):
        ImageDraw.Draw(image).text((60, 60 + 120 * row), text, fill="black", font=font)
    image.save(path)


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("Trang") / "quét"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        draw_page(folder / name)
    served = Served(folder, "--kind", "pages", "--port", free_port())
    yield served.wait_for_drafts()
    served.kill()


class Desk(LabelPage):
    """The page view, with places of the page's picture in place of those of the window."""

    def boxes(self) -> list[dict]:
        p = self.page.input_value("#page [data-part=choice]")
        origin = self.page.url.split("/", 3)[2]
        return self.page.request.get(f"http://{origin}/api/page/{p}").json()["boxes"]

    @property
    def chosen(self) -> int:
        return int(self.page.get_attribute("#page .box.current", "data-n") or -1)

    def shows(self, boxes: list[dict]) -> None:
        """Wait until just these are drawn, in this order."""
        script = """(all) => JSON.stringify(all) === JSON.stringify([...document
            .querySelectorAll("#page .box")].map((box) => [...box.points].map(({ x, y }) => [x, y])
            .map((place) => place.map((each) => Math.round(each * 10) / 10))))"""
        self.until(script, [box["quad"] for box in boxes])

    def moved(self, key: str) -> list[dict]:
        """The boxes once a movement by keys has ended and is saved."""
        with self.page.expect_request("**/api/actions"):
            self.press(key)
        self.saved()
        return self.boxes()

    def place(self, x: float, y: float) -> tuple[float, float]:
        script = """([x, y]) => { const svg = document.querySelector("#page svg");
            const at = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM());
            return [at.x, at.y]; }"""
        found = self.page.evaluate(script, [x, y])
        return found[0], found[1]

    def drag(
        self, start: tuple[float, float], end: tuple[float, float], button: str = "left"
    ) -> None:
        mouse = self.page.mouse
        mouse.move(*self.place(*start))
        mouse.down(button=button)  # type: ignore[arg-type]
        goal = self.place(*end)
        mouse.move(*self.place((start[0] + end[0]) / 2, (start[1] + end[1]) / 2))
        mouse.move(*goal)
        mouse.up(button=button)  # type: ignore[arg-type]

    def click(self, x: float, y: float) -> None:
        self.page.mouse.click(*self.place(x, y))


@pytest.fixture
def desk(scans: Served, window: Window) -> Desk:
    page = window(scans.url)
    page.__class__ = Desk
    page.show("page")
    page.page.wait_for_selector("#page .box")
    assert isinstance(page, Desk)
    return page


def middle(quad: Quad) -> tuple[float, float]:
    return sum(x for x, _ in quad) / 4, sum(y for _, y in quad) / 4


def near(one: Quad, other: Quad, reach: float = 2.5) -> bool:
    return all(
        abs(a - b) <= reach
        for p, q in zip(one, other, strict=True)
        for a, b in zip(p, q, strict=True)
    )


def back_and_again(desk: Desk, before: list[dict], after: list[dict]) -> None:
    """Ctrl+Z brings the boxes back, Ctrl+Y repeats, Ctrl+Z leaves the page as it was."""

    def plain(boxes: list[dict]) -> list[tuple]:
        return [(box["n"], box["quad"], box["kind"], box["text"]) for box in boxes]

    for key, wanted in (("Control+z", before), ("Control+y", after), ("Control+z", before)):
        desk.press(key)
        desk.saved()
        assert plain(desk.boxes()) == plain(wanted)
        desk.shows(wanted)


def test_the_reader_found_the_lines_and_enter_confirms_them(desk: Desk) -> None:
    before = desk.boxes()
    assert [box["draft"] for box in before] == list(ROWS)
    desk.press("Tab", "Enter")
    assert desk.field == ROWS[0]
    box = desk.page.locator("#page .box.current").bounding_box()
    pop = desk.page.locator("#page .pop").bounding_box()
    assert box and pop and pop["y"] >= box["y"] + box["height"]  # the field never hides the line
    desk.press("Enter")
    assert desk.field == ROWS[1]
    desk.page.keyboard.type("!")
    desk.press("Enter", "F2")
    desk.saved()
    kinds = [(each["kind"], each["text"]) for each in desk.boxes()]
    assert kinds[:2] == [("ok", ROWS[0]), ("ok", ROWS[1] + "!")]
    assert kinds[2][0] == "skip"
    classes = [desk.page.get_attribute(f"#page .box >> nth={n}", "class") or "" for n in range(4)]
    assert ["ok" in classes[0], "skip" in classes[2], "todo" in classes[3]] == [True] * 3
    desk.press("Escape", *["Control+z"] * 3)
    desk.saved()
    assert [each["kind"] for each in desk.boxes()] == ["todo"] * 4


def test_drag_on_empty_ground_draws_and_reads_at_once(desk: Desk) -> None:
    before = desk.boxes()
    desk.drag((500, 290), (840, 350))
    desk.page.wait_for_selector("#page .pop input")
    desk.saved()
    desk.page.keyboard.type("mới")
    desk.press("Enter")
    desk.saved()
    after = desk.boxes()
    new = next(box for box in after if box["n"] not in {each["n"] for each in before})
    assert near(new["quad"], [[500, 290], [840, 290], [840, 350], [500, 350]])
    assert new["text"].endswith("mới") and new["kind"] == "ok"
    desk.press("Control+z")
    desk.saved()
    drawn = [{**box, "kind": "todo", "text": ""} if box["n"] == new["n"] else box for box in after]
    back_and_again(desk, before, drawn)


def test_corners_edges_the_turn_handle_and_the_box_itself_are_pulled(desk: Desk) -> None:
    before = desk.boxes()
    quad = before[1]["quad"]
    desk.click(*middle(quad))
    tl, tr, br, bl = quad
    right = ((tr[0] + br[0]) / 2, (tr[1] + br[1]) / 2)
    desk.drag((br[0], br[1]), (br[0] + 20, br[1] + 10))
    desk.saved()
    pulled = desk.boxes()
    assert near(pulled[1]["quad"], [tl, tr, [br[0] + 20, br[1] + 10], bl])
    back_and_again(desk, before, pulled)
    desk.drag(right, (right[0] + 30, right[1]))
    desk.saved()
    pulled = desk.boxes()
    assert near(pulled[1]["quad"], [tl, [tr[0] + 30, tr[1]], [br[0] + 30, br[1]], bl])
    back_and_again(desk, before, pulled)
    desk.drag(middle(quad), (middle(quad)[0] + 15, middle(quad)[1] + 25))
    desk.saved()
    pulled = desk.boxes()
    assert near(pulled[1]["quad"], [[x + 15, y + 25] for x, y in quad])
    back_and_again(desk, before, pulled)
    x, y = desk.page.evaluate("""() => {
        const box = document.querySelector("#page .handle.turn").getBoundingClientRect();
        return [box.x + box.width / 2, box.y + box.height / 2]; }""")
    mouse = desk.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 25, y + 1, steps=3)
    mouse.up()
    desk.saved()
    turned = desk.boxes()[1]["quad"]
    assert turned[1][1] > tr[1] + 3 and turned[0][1] < tl[1] - 3  # clockwise
    assert near([list(middle(turned))] * 4, [list(middle(quad))] * 4)
    desk.press("Control+z")
    desk.saved()


def test_keys_move_size_turn_copy_and_delete(desk: Desk) -> None:
    before = desk.boxes()
    quad = before[0]["quad"]
    desk.press("Tab")
    desk.page.evaluate("""() => {
        const event = new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true });
        document.querySelector("#page svg").addEventListener("keydown",
            ({ target }) => target.dispatchEvent(event), { once: true, capture: true });
        }""")
    moved = desk.moved("Shift+ArrowDown")
    assert near(moved[0]["quad"], [[x + 1, y + 10] for x, y in quad], 0.11)
    back_and_again(desk, before, moved)  # one step, as it was one movement
    wider = desk.moved("Alt+Shift+ArrowRight")[0]["quad"]
    assert wider[1][0] == pytest.approx(quad[1][0] + 10, abs=0.11)
    assert wider[0] == pytest.approx(quad[0], abs=0.11)
    desk.press("Control+z")
    desk.saved()
    turned = desk.moved("]")[0]["quad"]
    assert turned[1][1] > quad[1][1]
    desk.press("Control+z", "Control+d")
    desk.page.wait_for_selector("#page .pop input")
    desk.saved()
    copied = desk.boxes()
    assert len(copied) == 5 and near(copied[1]["quad"], [[x + 12, y + 12] for x, y in quad])
    desk.press("Escape", "Escape")
    back_and_again(desk, before, copied)
    desk.click(*middle(before[2]["quad"]))
    assert desk.chosen == before[2]["n"]
    desk.press("Backspace")
    desk.page.wait_for_timeout(100)
    desk.saved()
    assert len(desk.boxes()) == 4  # Backspace never deletes
    desk.press("Delete")
    desk.saved()
    deleted = desk.boxes()
    assert [box["n"] for box in deleted] == [
        box["n"] for box in before if box["n"] != before[2]["n"]
    ]
    back_and_again(desk, before, deleted)


def test_join_split_order_and_read_again(desk: Desk) -> None:
    before = desk.boxes()
    desk.press("Tab", "m")
    desk.saved()
    joined = desk.boxes()
    assert len(joined) == 3
    assert joined[0]["n"] == before[0]["n"]
    back_and_again(desk, before, joined)
    quad = before[1]["quad"]
    desk.click(*middle(quad))
    desk.press("s")  # at the pointer
    desk.saved()
    split = desk.boxes()
    assert len(split) == 5
    halves = [split[1]["quad"], split[2]["quad"]]
    assert halves[0][1][0] == pytest.approx(middle(quad)[0], abs=2.5)
    assert halves[1][0][0] == pytest.approx(middle(quad)[0], abs=2.5)
    back_and_again(desk, before, split)
    desk.click(*middle(before[3]["quad"]))
    desk.press("Control+ArrowUp")
    desk.saved()
    other = desk.boxes()
    assert [box["n"] for box in other] == [before[n]["n"] for n in (0, 1, 3, 2)]
    back_and_again(desk, before, other)
    desk.press("Control+ArrowUp")
    desk.saved()
    desk.page.click("[data-keys='Ctrl+s']")  # sorting only reorders
    desk.saved()
    assert [box["n"] for box in desk.boxes()] == [box["n"] for box in before]
    desk.press("Control+z", "Control+z")
    desk.saved()
    desk.click(*middle(before[0]["quad"]))
    with desk.page.expect_response("**/api/read") as answer:
        desk.press("r")
    assert answer.value.json()["text"] == ROWS[0]
    desk.press("o")
    assert desk.page.locator("#page .number").count() == 4
    desk.press("o")


def test_wheel_space_and_zero_change_what_is_in_sight_alone(desk: Desk) -> None:
    def sight() -> list[float]:
        found = desk.page.get_attribute("#page svg", "viewBox") or ""
        return [float(each) for each in found.split()]

    whole = sight()
    desk.page.mouse.move(*desk.place(450, 300))
    desk.page.mouse.wheel(0, -100)
    desk.until("(w) => document.querySelector('#page svg').viewBox.baseVal.width < w", whole[2] - 1)
    assert desk.place(450, 300) == pytest.approx(desk.place(450, 300))
    zoomed = sight()
    desk.page.keyboard.down("Space")
    desk.drag((600, 600), (500, 550))
    desk.page.keyboard.up("Space")
    assert sight()[0] == pytest.approx(zoomed[0] + 100, abs=2)
    desk.drag((500, 550), (600, 600), "middle")
    assert sight()[0] == pytest.approx(zoomed[0], abs=2)
    desk.press("+", "-", "0")
    assert sight() == pytest.approx(whole)
    assert len(desk.boxes()) == 4


def test_a_line_is_found_in_both_places(desk: Desk) -> None:
    n = desk.boxes()[2]["n"]
    desk.page.click("#page .row[data-index='2']")
    assert desk.chosen == n
    desk.press("F4")
    desk.page.wait_for_selector("#lines .card.current input")
    desk.at(n)
    desk.slow(**{"/api/pages": 300})
    desk.press("F4")
    desk.page.wait_for_selector("#page .box.current")
    assert desk.chosen == n
    desk.press("PageDown")  # before the page of its box was asked for again
    desk.page.wait_for_timeout(500)
    desk.until("document.querySelector('#page [data-part=choice]').selectedIndex === 1")


def test_drawn_and_typed_while_offline(desk: Desk) -> None:
    before = desk.boxes()
    desk.page.context.set_offline(True)
    desk.drag((500, 500), (800, 560))
    desk.page.wait_for_selector("#page .pop input")
    desk.page.keyboard.type("ngoại tuyến")
    desk.press("Enter")
    desk.until("document.querySelector('#saved').className === 'wrong'")
    desk.page.context.set_offline(False)
    desk.saved()
    new = [box for box in desk.boxes() if box["n"] not in {each["n"] for each in before}]
    assert [(box["kind"], box["text"]) for box in new] == [("ok", "ngoại tuyến")]
    desk.press("Control+z", "Control+z")
    desk.saved()
    assert len(desk.boxes()) == len(before)


def test_what_another_person_changes_interrupts_nobody(
    desk: Desk, scans: Served, window: Window
) -> None:
    before = desk.boxes()
    reader = window(scans.url, script=NEWS_AT_ONCE)
    desk.page.reload()
    desk.page.add_init_script(NEWS_AT_ONCE)
    desk.page.reload()
    desk.ready()
    desk.slow(**{"/api/pages": 300})
    desk.show("page")
    desk.page.mouse.move(600, 400)  # nothing is there yet
    desk.page.mouse.wheel(0, -100)
    desk.press("0", "+", "Delete", "F2")
    desk.shows(before)
    order = reader.order("lines")
    reader.press("PageDown")
    reader.at(order[-1])
    reader.page.keyboard.type(" đây")
    desk.press("Tab", "Enter")
    desk.press("Control+a")
    for text in ("v", "vi", "việ"):
        desk.compose(text)
    other = next(box for box in before[1:] if box["n"] != order[-1])
    desk.act("delete", n=other["n"])
    desk.until("document.querySelectorAll('#page .box').length === 3")
    desk.commit("việt")
    assert desk.field == "việt" and desk.chosen == before[0]["n"]
    reader.until("document.querySelectorAll('#lines .row').length === 7")
    reader.press("Enter")
    reader.saved()
    line = reader.line(order[-1])
    assert line["kind"] == "ok" and line["text"].endswith(" đây")
    desk.press("Escape", "Escape")
    desk.act("undo")
    desk.shows(before)
    reader.press("Control+z")
    reader.saved()
