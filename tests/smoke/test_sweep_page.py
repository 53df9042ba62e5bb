"""A study's page in a real browser: it draws, sorts, and runs nothing that a message brought."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from browser import exercise, need_browser

from ppocr_ext.report.render.html import fill_page

EVIL = '<img src=x onerror="document.title=1">'
EXERCISE = """
const seen = {ready: document.documentElement.dataset.ready};
const all = (selector) => [...document.querySelectorAll(selector)];
const drawn = () => all("#charts canvas").every((canvas) => canvas.getContext("2d")
  .getImageData(0, 0, canvas.width, canvas.height).data.some((byte) => byte > 0));
setTimeout(() => {
  const names = () => all("#rows tbody tr").map((row) => row.cells[1].textContent);
  seen.names = [names()];
  all("#rows th button")[2].click();
  seen.names.push(names());
  seen.legend = all(".u-legend .u-label").map((label) => label.textContent);
  seen.insights = all(".finding b").map((title) => title.textContent);
  document.querySelector('#axis [data-name="minutes"]').click();
  setTimeout(() => {
    seen.drawn = drawn();
    seen.charts = all("#charts canvas").length;
    seen.injected = all("img[src=x]").length;
    seen.title = document.title;
    keep(seen);
  }, 100);
}, 500);
"""


@pytest.mark.smoke
def test_the_page_draws_and_sorts(tmp_path: Path) -> None:
    curve = {"percent": [50, 100], "minutes": [1.5, 3.0]}
    data = {
        "study": "toy",
        "summary": "2 trials",
        "metric": "acc",
        "titles": ["rank", "configuration", "best acc", "reason"],
        "rows": [
            {"cells": ["1", "a", "0.5000", ""], "is_best": True},
            {"cells": ["2", "b", "0.6000", ""], "is_best": False},
            {"cells": ["–", "c", "–", EVIL], "is_best": False},
        ],
        "insights": [{"text": EVIL, "evidence": "none"}],
        "curves": [{"name": name, "value": [0.2, 0.5], **curve} for name in ("a", EVIL)],
        "importances": [["rate", 1.0]],
        "few": True,
        "parallel": "data:image/png;base64,",
    }
    page = tmp_path / "results.html"
    page.write_text(fill_page("sweep", json.loads(json.dumps(data))), encoding="utf-8")
    seen = exercise(need_browser(), page, EXERCISE, tmp_path / "profile")
    assert seen["errors"] == [] and seen["ready"] == "yes"
    assert seen["names"] == [["a", "b", "c"], ["b", "a", "c"]]  # what has no number comes last
    assert seen["legend"][1:] == ["a", EVIL]
    assert seen["insights"] == [EVIL]
    assert seen["drawn"] and seen["charts"] == 1
    assert (seen["injected"], seen["title"]) == (0, "Study toy")
