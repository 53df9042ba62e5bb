"""The page in a real browser: it draws, sorts, filters, and runs nothing that a label brought."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

LOGS = Path(__file__).resolve().parents[1] / "fixtures" / "logs"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
EVIL = '<img src=x onerror="document.title=1">'

# Runs after the page's own scripts, uses it as a reader would, and leaves what it saw in the page.
EXERCISE = """
<script>
const seen = {errors: window.seenErrors};
const one = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
seen.ready = document.documentElement.dataset.ready;
seen.theme = document.documentElement.dataset.theme;
const drawn = (canvas) => canvas.getContext("2d")
  .getImageData(0, 0, canvas.width, canvas.height).data.some((byte) => byte > 0);
setTimeout(() => {
  seen.charts = all(".chart h3").map((title) => title.textContent);
  seen.drawn = all(".chart canvas").every(drawn);
  seen.widths = all(".chart").map((box) => box.scrollWidth - box.clientWidth);
  seen.findings = all(".finding b").map((title) => title.textContent);
  const cell = () => one("#rows tbody td").textContent;
  seen.sorted = [cell()];
  one("#rows th button").click(); seen.sorted.push(cell());
  one("#rows th button").click(); seen.sorted.push(cell());
  seen.mistakes = all(".mistake").length;
  seen.pictures = all(".mistake img").length;
  seen.truth = one(".mistake .line").textContent;
  seen.marks = all(".mistake mark.mark").map((mark) => mark.textContent);
  one('#kinds [data-name="tone"]').click(); seen.tones = all(".mistake").length;
  one('#kinds [data-name="all"]').click();
  const search = one("#search");
  search.value = "onerror"; search.dispatchEvent(new Event("input"));
  seen.found = all(".mistake").length;
  seen.injected = all("#gallery img[src=x]").length;
  one('#axis [data-name="hours"]').click(); seen.byHours = all(".chart canvas").length;
  one("#theme").click(); seen.other = document.documentElement.dataset.theme;
  seen.title = document.title;
  document.body.append(Object.assign(document.createElement("pre"),
    {id: "seen", textContent: JSON.stringify(seen)}));
}, 500);
</script>
"""
COMPARED = """
<script>
const seen = {errors: window.seenErrors, ready: document.documentElement.dataset.ready};
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
    document.body.append(Object.assign(document.createElement("pre"),
      {id: "seen", textContent: JSON.stringify(seen)}));
  }, 100);
}, 500);
</script>
"""
WATCH = """<script>window.seenErrors = [];
addEventListener("error", (event) => window.seenErrors.push(String(event.message)));
addEventListener("securitypolicyviolation", (e) => window.seenErrors.push(e.violatedDirective));
</script>"""


@pytest.fixture(scope="module")
def browser() -> str:
    """Headless Chromium or a relative of it."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"no browser is installed: none of {', '.join(BROWSERS)} is on the path")
    return found


@pytest.fixture
def page(run_tool: Any, vietnamese_path: Path) -> Path:
    """The report of a small run with mistakes."""
    from PIL import Image

    run = vietnamese_path / "vi"
    run.mkdir()
    shutil.copy(LOGS / "overlap.jsonl", run / "metrics.jsonl")
    Image.new("RGB", (200, 48), "white").save(run / "dòng.png")
    mistakes = [("quyết định", "quyết đinh", 0.99), (EVIL, "onerror", 0.9), ("ba", "bá", 0.5)]
    with open(run / "errors.jsonl", "w", encoding="utf-8", newline="\n") as stream:
        for truth, prediction, confidence in mistakes:
            entry = {"truth": truth, "prediction": prediction, "confidence": confidence}
            stream.write(json.dumps({"image": "dòng.png", **entry}, ensure_ascii=False) + "\n")
    done = run_tool("report_card.py", run)
    assert done.code == 0, done.err
    return run / "report_card.html"


def open_in(browser: str, page: Path, profile: Path, *options: str) -> str:
    """The page's elements after its scripts have run."""
    command = [
        browser,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--virtual-time-budget=5000",
        f"--user-data-dir={profile}",
        *options,
        page.resolve().as_uri(),
    ]
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", errors="replace", timeout=120
    )
    return done.stdout


def exercise(browser: str, page: Path, script: str, profile: Path) -> dict[str, Any]:
    """What ``script`` saw when it used the page."""
    text = page.read_text(encoding="utf-8")
    text = text.replace("<head>", "<head>" + WATCH).replace("</body>", script + "</body>")
    exercised = page.with_name("exercised.html")
    exercised.write_text(text, encoding="utf-8", newline="\n")
    elements = open_in(browser, exercised, profile, "--dump-dom")
    found = re.search(r'<pre id="seen">(.*?)</pre>', elements, re.DOTALL)
    assert found, f"the page's scripts did not run to their end:\n{elements[:2000]}"
    return json.loads(html.unescape(found.group(1)))


@pytest.mark.smoke
def test_the_page_draws_sorts_and_filters(browser: str, page: Path, tmp_path: Path) -> None:
    seen = exercise(browser, page, EXERCISE, tmp_path / "profile")
    assert seen["errors"] == [] and seen["ready"] == "yes"
    assert seen["charts"][0].startswith("Accuracy") and len(seen["charts"]) >= 5
    assert seen["drawn"] and seen["byHours"] == len(seen["charts"])
    assert max(seen["widths"]) <= 0
    assert "Steps trained twice" in seen["findings"]
    assert seen["sorted"] == ["20", "40", "20"]
    assert (seen["mistakes"], seen["pictures"], seen["tones"]) == (3, 3, 2)
    assert seen["truth"] == "truthquyết định"
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
