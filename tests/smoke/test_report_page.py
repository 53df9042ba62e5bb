"""The page in a real browser: it draws, sorts, filters, and runs nothing that a label brought."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from browser import exercise, need_browser, open_in

LOGS = Path(__file__).resolve().parents[1] / "fixtures" / "logs"
EVIL = '<img src=x onerror="document.title=1">'

# Runs after the page's own scripts, uses it as a reader would, and leaves what it saw in the page.
EXERCISE = """
const seen = {};
const one = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
seen.ready = document.documentElement.dataset.ready;
seen.theme = document.documentElement.dataset.theme;
const drawn = (canvas) => canvas.getContext("2d")
  .getImageData(0, 0, canvas.width, canvas.height).data.some((byte) => byte > 0);
const pause = (time) => new Promise((done) => setTimeout(done, time));
(async () => {
  await pause(500);
  seen.charts = all(".chart h3").map((title) => title.textContent);
  seen.drawn = all(".chart canvas").every(drawn);
  seen.widths = all(".chart").map((box) => box.scrollWidth - box.clientWidth);
  seen.findings = all(".finding b").map((title) => title.textContent);
  const chart = one(".chart"), over = chart.querySelector(".u-over");
  const area = over.getBoundingClientRect();
  const mouse = (target, kind, share) => target.dispatchEvent(new MouseEvent(kind, {bubbles: true,
    button: 0, movementX: 1, clientX: area.left + share * area.width,
    clientY: area.top + area.height / 2}));
  const step = () => chart.querySelector(".u-legend .u-value").textContent;
  const picture = () => chart.querySelector("canvas").toDataURL();
  const whole = picture();
  seen.steps = [step()];
  mouse(over, "mouseenter", 0.1); mouse(over, "mousemove", 0.1);
  await pause(50);
  seen.steps.push(step());
  mouse(over, "mousedown", 0.1); mouse(over, "mousemove", 0.6); mouse(document, "mouseup", 0.6);
  await pause(50);
  seen.zoomed = picture() !== whole;
  one("#reset").click();
  await pause(50);
  seen.whole = one(".chart canvas").toDataURL() === whole;
  const cell = () => one("#rows tbody td").textContent;
  seen.sorted = [cell()];
  one("#rows th button").click(); seen.sorted.push(cell());
  one("#rows th button").click(); seen.sorted.push(cell());
  seen.mistakes = all(".mistake").length;
  seen.pictures = all(".mistake img").length;
  seen.truth = one(".mistake .line").textContent;
  seen.others = all(".mistake mark.other").map((mark) => mark.textContent);
  seen.marks = all(".mistake mark.mark").map((mark) => mark.textContent);
  one('#kinds [data-name="tone"]').click(); seen.tones = all(".mistake").length;
  one('#kinds [data-name="all"]').click();
  const search = one("#search");
  search.value = "onerror"; search.dispatchEvent(new Event("input"));
  seen.found = all(".mistake").length;
  seen.injected = all("img[src=x]").length;
  one('#axis [data-name="hours"]').click(); seen.byHours = all(".chart canvas").length;
  one("#theme").click(); seen.other = document.documentElement.dataset.theme;
  seen.title = document.title;
  keep(seen);
})();
"""
COMPARED = """
const seen = {ready: document.documentElement.dataset.ready};
const all = (selector) => [...document.querySelectorAll(selector)];
const drawn = () => all("#charts canvas").every((canvas) => canvas.getContext("2d")
  .getImageData(0, 0, canvas.width, canvas.height).data.some((byte) => byte > 0));
setTimeout(() => {
  seen.runs = all("#rows tbody tr").map((row) => row.cells[0].textContent);
  seen.metrics = all("#metric button").map((button) => button.dataset.name);
  seen.titles = [];
  for (const button of [...all("#metric button"), ...all("#axis button")]) {
    button.click();
    seen.titles.push(document.querySelector("#charts h3").textContent);
  }
  seen.axes = all("#axis button").length;
  setTimeout(() => {
    seen.drawn = drawn();
    seen.injected = all("img").length;
    keep(seen);
  }, 100);
}, 500);
"""


@pytest.fixture(scope="module")
def browser() -> str:
    """Headless Chromium or a relative of it."""
    return need_browser()


@pytest.fixture
def page(run_tool: Any, vietnamese_path: Path) -> Path:
    """The report of a small run with mistakes."""
    from PIL import Image

    run = vietnamese_path / "vi"
    run.mkdir()
    shutil.copy(LOGS / "overlap.jsonl", run / "metrics.jsonl")
    Image.new("RGB", (200, 48), "white").save(run / "dòng.png")
    change = {"key": EVIL, "old": EVIL, "new": 1}
    for file, entry in (
        ("config.yml", {"Global": {"model_name": EVIL, "character_dict_path": EVIL}}),
        ("config_history/changes.jsonl", {"config": EVIL, "global_step": 20, "changes": [change]}),
    ):
        (run / file).parent.mkdir(exist_ok=True)
        (run / file).write_text(json.dumps(entry), encoding="utf-8")
    mistakes = [
        ("quyết định", "quyết đinh", 0.99),
        (EVIL, "onerror", 0.9),
        ("ba", "bá", 0.5),
        ("a b", "ab", 0.2),
    ]
    with open(run / "errors.jsonl", "w", encoding="utf-8", newline="\n") as stream:
        for truth, prediction, confidence in mistakes:
            entry = {"truth": truth, "prediction": prediction, "confidence": confidence}
            stream.write(json.dumps({"image": "dòng.png", **entry}, ensure_ascii=False) + "\n")
        entry = {"image": EVIL, "truth": "xa", "prediction": "x", "confidence": 0.1}
        stream.write(json.dumps(entry) + "\n")
    done = run_tool("report_card.py", run)
    assert done.code == 0, done.err
    return run / "report_card.html"


@pytest.mark.smoke
def test_the_page_draws_sorts_and_filters(browser: str, page: Path, tmp_path: Path) -> None:
    seen = exercise(browser, page, EXERCISE, tmp_path / "profile")
    assert seen["errors"] == [] and seen["ready"] == "yes"
    assert seen["charts"][0].startswith("Accuracy") and len(seen["charts"]) >= 5
    assert seen["drawn"] and seen["byHours"] == len(seen["charts"])
    assert max(seen["widths"]) <= 0
    assert "Steps trained twice" in seen["findings"]
    assert seen["steps"][0] == "latest" and seen["steps"][1].isdigit()
    assert seen["zoomed"] and seen["whole"]
    assert seen["sorted"] == ["20", "40", "20"]
    assert (seen["mistakes"], seen["pictures"], seen["tones"]) == (5, 4, 2)
    assert seen["truth"] == "truthquyết định"
    assert seen["others"][-4:] == ["␣", "\u2009", "a", "\u2009"]
    assert seen["marks"] == ["ị", "i", "a", "á"]
    assert (seen["found"], seen["injected"]) == (1, 0)
    assert seen["title"] == "vi: report card"
    assert {seen["theme"], seen["other"]} == {"light", "dark"}


@pytest.mark.smoke
def test_the_comparison_draws_every_metric_over_every_axis(
    browser: str, run_tool: Any, tmp_path: Path
) -> None:
    name = "&lt;img&gt;" if os.name == "nt" else "<img src=x onerror=alert(1)>"
    evil = tmp_path / name
    evil.mkdir()
    shutil.copy(LOGS / "overlap.jsonl", evil / "metrics.jsonl")
    done = run_tool("report_card.py", "--compare", evil, LOGS, "--output", tmp_path / "out")
    assert done.code == 0, done.err
    assert [path.name for path in evil.iterdir()] == ["metrics.jsonl"]
    seen = exercise(
        browser, tmp_path / "out" / "report_compare.html", COMPARED, tmp_path / "profile"
    )
    assert seen["errors"] == [] and seen["ready"] == "yes" and seen["injected"] == 0
    assert sorted(seen["runs"]) == [evil.name, LOGS.name]
    assert seen["metrics"][0] == "acc" and seen["axes"] == 3
    assert seen["titles"][0] == "acc on the validation lines (higher is better)"
    assert len(set(seen["titles"])) == len(seen["metrics"]) and seen["drawn"]


@pytest.mark.smoke
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_phones_and_screens(
    browser: str, page: Path, tmp_path: Path, width: int
) -> None:
    from PIL import Image

    shot = tmp_path / "page.png"
    options = (f"--window-size={width},1600", f"--screenshot={shot}", "--hide-scrollbars")
    open_in(browser, page, tmp_path / "profile", *options)
    with Image.open(shot) as picture:
        assert picture.width >= width
        assert len(picture.convert("RGB").getcolors(1 << 20) or range(10_000)) > 50
