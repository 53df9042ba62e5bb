"""label.py's page: how soon it is ready, how soon the next line is painted, how a long list
scrolls, and the keys of a person who labels lines beside the same work in a text file."""

from __future__ import annotations

import itertools
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, sync_playwright
from typist import LABEL, LabelPage, Served, free_port

from bench.keystrokes import Edit, by_arrows, by_tab, cheapest, retyped, telex
from bench.row import Row
from ppocr_ext.data.labels import read_labels
from ppocr_ext.workspace.suite import find_browser, how_to_get_it

ENTERS, PAUSE = 300, 150  # presses that are timed; ms between two, as a quick person's
JUMPS = 20  # places of the long list that are scrolled to
SHEET = 20  # drafts
INFER = LABEL.with_name("infer_rec.py")
ROUNDS = 3  # of reading the same lines
DOUBT = 0.9  # letters below it are underlined
# From the key's arrival until the next line is on the screen with its picture, in ms.
WATCH = """
window.times = [];
const current = () => document.querySelector(".card.current");
addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  const before = current();
  const look = () => requestAnimationFrame(() => {
    const after = new MessageChannel();
    after.port1.onmessage = () => {
      const card = current();
      if (card && card !== before && card.querySelector("img").complete) {
        window.times.push(performance.now() - event.timeStamp);
      } else look();
    };
    after.port2.postMessage(0);
  });
  look();
}, true);
"""


def measure(labels: Path, data_dir: Path, lines: int, many: int, most: int) -> list[Row]:
    """All rows. ``labels``: the truth of the lines that a person labels; ``many`` lines are opened
    and walked through, ``most`` are scrolled."""
    file = read_labels(labels, data_dir)
    found = [(file.image_path(row.path), row.text) for row in itertools.islice(file, lines)]
    program = find_browser()
    assert program, how_to_get_it()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        folder = Path(name)
        rows = [_drafts(folder / "drafts", found)]
        rows += _speed(browser, folder / "many", found, many)
        rows += _scroll(browser, folder / "most", found, most)
        rows += _person(browser, folder / "person", found)
        browser.close()
    return rows


@contextmanager
def _opened(browser: Browser, served: Served) -> Iterator[LabelPage]:
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.add_init_script(WATCH)
    try:
        yield LabelPage(context.new_page()).open(served.url)
    finally:
        context.close()
        served.stop()


def _drafts(folder: Path, found: list[tuple[Path, str]]) -> Row:
    """In turns with infer_rec.py, whose printed rate leaves its start out, too."""
    folder.mkdir()
    for n, (image, _) in enumerate(found):
        shutil.copy(image, folder / f"{n:06d}{image.suffix}")
    rates: dict[str, list[float]] = {"drafts": [], "infer_rec": []}
    for _ in range(ROUNDS):
        command = [sys.executable, str(INFER), "--images", str(folder), "--output", "-"]
        done = subprocess.run(command, capture_output=True, encoding="utf-8")
        match = re.search(r"([\d,.]+) lines/s\n", done.stderr)
        assert match, done.stderr
        rates["infer_rec"].append(float(match[1].replace(",", "")))
        served = Served(folder, "--port", free_port())
        rates["drafts"].append(served.wait_for_drafts().rate)
        served.stop()
        shutil.rmtree(folder / "labelling")
    ours, theirs = (statistics.median(rates[name]) for name in ("drafts", "infer_rec"))
    measured = f"{ours:.0f} lines/s, infer_rec.py {theirs:.0f}: {ours / theirs:.0%}"
    what = f"drafts of {len(found):,} lines, {ROUNDS} times in turn"
    return Row(what, measured, ">= 90 %", ours >= 0.9 * theirs)


def _speed(browser: Browser, folder: Path, found: list[tuple[Path, str]], many: int) -> list[Row]:
    folder.mkdir()
    for n, (image, _) in zip(range(many), itertools.cycle(found), strict=False):
        shutil.copy(image, folder / f"{n:06d}{image.suffix}")
    served = Served(folder, "--order", "page", "--port", free_port()).wait_for_drafts()
    with _opened(browser, served) as page:
        page.page.reload()  # the first visit has what every later one has
        page.ready()
        ready = float(page.page.get_attribute("html", "data-ready") or "inf") / 1000
        for _ in range(ENTERS):
            page.press("Enter")
            page.page.wait_for_timeout(PAUSE)
        page.saved()
        times = page.page.evaluate("times")
        rows = page.page.locator("#lines .row").count()
    median, high = np.percentile(times, (50, 95))
    return [
        Row(f"{many:,} lines, ready to type", f"{ready:.2f} s", "<= 1 s", ready <= 1),
        Row(
            f"Enter to the next line painted, {len(times)} times",
            f"p50 {median:.0f} ms, p95 {high:.0f} ms; {rows} rows in the document",
            "p95 <= 50 ms",
            bool(high <= 50) and len(times) == ENTERS,
        ),
    ]


def _scroll(browser: Browser, folder: Path, found: list[tuple[Path, str]], most: int) -> list[Row]:
    folder.mkdir()
    images = [folder / image.name for image, _ in found]
    for (image, _), copy in zip(found, images, strict=True):
        shutil.copy(image, copy)
    with open(folder / "train.txt", "w", encoding="utf-8", newline="\n") as stream:
        for n, (image, (_, text)) in zip(
            range(most), itertools.cycle(zip(images, found, strict=True)), strict=False
        ):
            link = folder / f"{n:06d}{image.suffix}"
            link.hardlink_to(image)
            stream.write(f"{link.name}\t{text}\n")
    started = time.perf_counter()
    served = Served(folder, "--port", free_port())  # which reads them meanwhile
    opened = time.perf_counter() - started
    with _opened(browser, served) as page:
        page.page.select_option("#lines [data-part=queue]", "all")
        page.until("(most) => document.querySelector('#lines .spacer').clientHeight > most", most)
        waits = []
        for n in range(JUMPS):
            started = time.perf_counter()
            page.page.evaluate(
                "(share) => { const box = document.querySelector('#lines .rows');"
                " box.scrollTop = share * box.scrollHeight; }",
                (n * 7 % JUMPS + 0.5) / JUMPS,
            )
            page.until(
                "![...document.querySelectorAll('#lines .row')].some(r => r.textContent === '…')"
            )
            waits.append(time.perf_counter() - started)
        rows = page.page.locator("#lines .row").count()
    slowest = max(waits)
    measured = f"texts in sight after {slowest:.2f} s at most; {rows} rows in the document"
    met = slowest <= 0.5 and rows <= 60
    return [
        Row(f"{most:,} lines, until label.py prints its address", f"{opened:.1f} s", "", True),
        Row(f"{most:,} lines, scrolled to {JUMPS} places", measured, "<= 0.5 s", met),
    ]


class _Person:
    """Reads drafts, marks the wrong ones of a sheet, corrects lines; every key is counted."""

    def __init__(self, page: LabelPage, truths: dict[str, str]) -> None:
        self.page, self.truths, self.keys = page, truths, 0

    def press(self, *keys: str) -> None:
        self.page.press(*keys)
        self.keys += len(keys)

    def line(self, n: int) -> dict[str, Any]:
        return self.page.line(n)

    def truth(self, n: int) -> str:
        return self.truths[self.line(n)["name"]]

    def sheets(self) -> None:
        page = self.page
        page.show("sheets")
        marked: set[int] = set()
        while left := [n for n in page.order("sheet") if n not in marked]:
            page.until(f"document.querySelector('#sheets img[src*=\"line/{left[0]}?\"]')")
            page.until("document.activeElement.matches('.item')")
            for letter, n in zip("abcdefghijklmnopqrst", left, strict=False):
                if self.line(n)["draft"] != self.truth(n):
                    self.press(letter)
                    marked.add(n)
            self.press("Control+Enter")
            page.saved()

    def lines(self) -> None:
        page = self.page
        page.show("lines")
        for n in page.order("lines"):
            page.at(n)
            self.apply(self.edit(n))
            self.press("Enter")
        page.saved()

    def edit(self, n: int) -> Edit:
        draft, truth = self.page.field, self.truth(n)
        if draft == truth:
            return Edit([], 0)
        address = f"http://{self.page.page.url.split('/')[2]}/api/line/{n}/letters"
        letters = self.page.page.request.get(address).json()["letters"]
        doubtful = [at for at, each in enumerate(letters) if (each["conf"] or 0) < DOUBT]
        script = (
            "[...document.querySelectorAll('.current .doubt')].map(e => e.textContent).join('')"
        )
        for _ in range(50):  # until they are underlined
            if len(self.page.page.evaluate(script)) == len(doubtful):
                break
            self.page.page.wait_for_timeout(10)
        tabs = by_tab(draft, truth, doubtful)
        return cheapest(tabs, by_arrows(draft, truth), retyped(truth))

    def apply(self, edit: Edit) -> None:
        for key in edit.keys:
            if key.startswith("text:"):
                self.page.page.keyboard.insert_text(key.removeprefix("text:"))
            else:
                self.page.press(key)
        self.keys += edit.count


def _person(browser: Browser, folder: Path, found: list[tuple[Path, str]]) -> list[Row]:
    folder.mkdir()
    truths = {}
    for n, (image, text) in enumerate(found):
        name = f"{n:05d}{image.suffix}"
        shutil.copy(image, folder / name)
        truths[name] = " ".join(text.split())
    served = Served(folder, "--port", free_port()).wait_for_drafts()
    with _opened(browser, served) as page:
        drafts = {n: page.line(n) for n in page.order("all")}
        person = _Person(page, truths)
        person.sheets()
        by_sheets = sum(page.line(n)["kind"] == "ok" for n in drafts)
        person.lines()
        page.saved()
        right = sum(page.line(n)["text"] == truths[line["name"]] for n, line in drafts.items())
    lines = len(drafts)
    ours = person.keys / lines
    typed = sum(telex(text) + 1 for text in truths.values()) / lines
    pairs = [(line["draft"] or "", truths[line["name"]]) for line in drafts.values()]
    edited = sum(
        (0 if draft == truth else cheapest(by_arrows(draft, truth), retyped(truth)).count) + 1
        for draft, truth in pairs
    )
    editor = edited / lines
    same = sum(draft == truth for draft, truth in pairs)
    return [
        Row(
            f"keys a line, {lines:,} lines by keyboard alone",
            f"{ours:.2f} ({by_sheets} lines by sheets of {SHEET}; {same} drafts were right); in a "
            f"text file {editor:.2f} with the same drafts, {typed:.2f} typed from nothing",
            "fewer than in a text file",
            ours < editor,
        ),
        Row("of them as the truth has them", f"{right:,}", f"{lines:,}", right == lines),
    ]
