"""Which lines come first."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.labelling.conftest import Page

CONFIDENCES = (0.9, 0.99, 0.3, 0.96, 0.5, 0.97, 0.8, 0.7, 0.98, 0.6)


@pytest.fixture
def ordered(page: Page) -> Page:
    for line, conf in zip(page.project.state.lines.values(), CONFIDENCES, strict=True):
        line.conf = conf
    return page


def numbers(page: Page, query: str) -> list[int]:
    return list(page.get(f"/api/queue?{query}")["ns"])


def test_uncertain_lines_come_first_and_what_is_not_read_last(ordered: Page) -> None:
    assert numbers(ordered, "name=lines") == [3, 5, 10, 8, 7, 1, 4, 6, 9, 2]
    ordered.project.state.lines[3].conf = None
    assert numbers(ordered, "name=lines")[-1] == 3
    assert numbers(ordered, "name=lines&order=page") == [*range(1, 11)]
    shuffled = numbers(ordered, "name=lines&order=random")
    assert sorted(shuffled) == [*range(1, 11)] and shuffled != [*range(1, 11)]
    assert numbers(ordered, "name=lines&order=random") == shuffled
    ordered.act("accept", n=5, text="x", base=0)
    assert 5 not in numbers(ordered, "name=lines")


def test_near_copies_stand_together(ordered: Page) -> None:
    for n in (3, 2, 9):
        ordered.project.state.lines[n].copy_of = 3
    assert numbers(ordered, "name=lines")[:4] == [3, 9, 2, 5]


def test_a_sheet_holds_confident_drafts_the_surest_first(ordered: Page) -> None:
    assert numbers(ordered, "name=sheet") == [2, 9, 6, 4]
    ordered.act("keep", n=9, text="dở")
    assert numbers(ordered, "name=sheet") == [2, 6, 4]


def test_columns_are_as_long_as_the_queue(ordered: Page) -> None:
    ordered.act("skip", n=1, base=0)
    found = ordered.get("/api/queue?name=all&with=2")
    assert found["confs"] == [90, 99, 30, 96, 50, 97, 80, 70, 98, 60]
    assert [line["n"] for line in found["lines"]] == [1, 2]
    assert ordered.client.get("/api/queue?name=none").status_code == 400


def test_labels_and_readings_that_differ_most_surely_first(folder: Path) -> None:
    texts = ("H1:53:16", "a b", "A.b", "hai", "ba", "bốn")
    rows = [f"ảnh_{n:02}.jpg\t{text}" for n, text in enumerate(texts)]
    (folder / "train.txt").write_text("\n".join(rows), encoding="utf-8", newline="\n")
    page = Page(folder)
    readings = ("11:53:16", "ab", "a b", "hai", "bà", "bón")
    for line, draft in zip(page.project.state.lines.values(), readings, strict=False):
        line.draft = draft
    for n, gap in ((1, 5.0), (2, 9.0), (3, None), (5, 30.0), (6, None)):
        page.project.state.lines[n].gap = gap
    assert numbers(page, "name=review") == [5, 1, 6]
    assert numbers(page, "name=spelling") == [2, 3]
    page.act("accept", n=5, text="bà", base=0)
    page.act("unsure", n=1, base=0)
    page.act("bad", n=6, base=0)
    assert numbers(page, "name=review") == [] and numbers(page, "name=unsure") == [1, 6]


def test_changes_come_once_and_in_parts(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    from ppocr_ext.labelling import app

    first = page.get("/api/changes?since=0")
    assert [line["n"] for line in first["lines"]] == [*range(1, 11)] and not first["more"]
    page.act("accept", n=7, text="x", base=0)
    then = page.get(f"/api/changes?since={first['version']}")
    assert [line["n"] for line in then["lines"]] == [7] and then["counts"]["ok"] == 1
    assert page.get(f"/api/changes?since={then['version']}")["lines"] == []
    monkeypatch.setattr(app, "_CHANGES", 4)
    seen, version, more = [], 0, True
    while more:
        part = page.get(f"/api/changes?since={version}")
        seen += [line["n"] for line in part["lines"]]
        version, more = part["version"], part["more"]
    assert sorted(seen) == [*range(1, 11)]
