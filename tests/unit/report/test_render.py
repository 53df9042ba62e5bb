"""The forms of the report: nothing in a log can break out of its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from ppocr_ext.report.gallery import Mistake, align
from ppocr_ext.report.render.html import page_data, render_html
from ppocr_ext.report.render.json import read_previous, render_json
from ppocr_ext.report.render.png import save_png
from ppocr_ext.report.render.table import pick_rows, render_markdown
from ppocr_ext.report.render.terminal import print_report
from ppocr_ext.report.report import Finding, Report
from ppocr_ext.report.trends import Row
from ppocr_ext.runs.history import Swap
from ppocr_ext.show.tables import aligned, escape

EVIL = "</script><img src=x onerror=alert(1)>{{data}}/*{{script}}*/|`*"


def evil_report(make: Callable[..., Report]) -> Report:
    """A report whose every text wants to be something else."""
    train = [(10, {"loss": float("nan"), "lr": 0.1, "ips": 5.0}), (20, {"loss": 1.0, "lr": 0.2})]
    report = make(train, [(20, {"acc": 0.5, "cer": float("inf")})], [(EVIL, 10)])
    report.findings = [Finding("rule", "warning", EVIL, EVIL, EVIL)]
    report.mistakes = [Mistake(EVIL, EVIL, EVIL + "x", 0.5, "extra", align(EVIL, EVIL + "x"))]
    report.swaps = [Swap(10, None, EVIL, {EVIL: EVIL})]
    report.config = {"Global": {"model_name": EVIL}}
    report.history.account.add("unknown", EVIL)
    return report


def test_the_page_holds_its_data_as_text_only(make: Callable[..., Report]) -> None:
    page = render_html(evil_report(make))
    assert "<img" not in page
    assert page.count("</script>") == 3
    start = page.index('id="data">') + len('id="data">')
    data = json.loads(page[start : page.index("</script>", start)])
    assert data["mistakes"][0]["truth"] == EVIL
    assert data["findings"][0]["title"] == EVIL


def test_the_page_needs_nothing_from_outside(make: Callable[..., Report]) -> None:
    page = render_html(evil_report(make))
    assert "Content-Security-Policy" in page and "default-src 'none'" in page
    assert 'src="' not in page and 'href="http' not in page and "@import" not in page


def test_a_long_run_stays_below_the_size_of_a_page(make: Callable[..., Report]) -> None:
    train = [
        (step, {"loss": 1 / step, "lr": 1e-4, "ips": 31.23456, "acc": 0.5, "avg_samples": 32.0})
        for step in range(10, 40_010, 10)
    ]
    evals = [(step, {"acc": step / 50_000, "cer": 1 / step}) for step in range(100, 40_001, 100)]
    report = make(train, evals)
    series = page_data(report)["series"]
    assert len(series["train"]["step"]) <= 1500 and len(series["eval"]["step"]) == 400
    assert series["eval"]["samples"][0] == 3200
    assert len(render_html(report).encode()) < 1_500_000


def test_json_is_strict_and_is_found_by_the_next_report(
    make: Callable[..., Report], tmp_path: Path
) -> None:
    text = render_json(evil_report(make))
    assert "NaN" not in text and "Infinity" not in text
    (tmp_path / "report_card.json").write_text(text, encoding="utf-8")
    assert read_previous(tmp_path)["last_step"] == 20
    (tmp_path / "report_card.json").write_text("[]", encoding="utf-8")
    assert read_previous(tmp_path) == {}


def test_markdown_shows_marks_as_they_are(make: Callable[..., Report]) -> None:
    text = render_markdown(evil_report(make))
    assert "<img" not in text
    assert escape("a|b*c\n<d>") == r"a\|b\*c &lt;d&gt;"


def test_the_picture_is_drawn_from_next_to_nothing(
    make: Callable[..., Report], tmp_path: Path, recwarn
) -> None:
    for number, report in enumerate([make(), make([(1, {"ips": 0.0})]), evil_report(make)]):
        save_png(report, tmp_path / f"{number}.png")
        assert (tmp_path / f"{number}.png").read_bytes().startswith(b"\x89PNG")
    assert [str(w.message) for w in recwarn] == []


def test_the_terminal_is_plain_in_a_pipe(make: Callable[..., Report], capsys) -> None:
    print_report(evil_report(make))
    out = capsys.readouterr().out
    assert "\x1b" not in out and "0.5000" in out
    assert f"warning: {EVIL}" in out
    assert aligned([["a", "bb"], ["1", "2"], ["333", "4"]]).splitlines() == [
        "  a  bb",
        "  1   2",
        "333   4",
    ]


def test_long_tables_keep_first_best_and_last() -> None:
    rows = [Row(step, None, None, {}, is_best=step == 37) for step in range(100)]
    picked = [row.step for row in pick_rows(rows, 10)]
    assert len(picked) <= 11 and picked[0] == 0 and picked[-1] == 99 and 37 in picked
    assert pick_rows(rows[:5], 10) == rows[:5]


def test_what_changed_since_the_last_report_is_reported(make: Callable[..., Report]) -> None:
    from ppocr_ext.report.summary import since_last

    report = make((), [(100, {"acc": 0.5, "cer": 0.1})])
    assert since_last(report) == ""
    report.previous = {
        "last_step": 40,
        "made": report.made - 3600,
        "best": {"values": {"acc": 0.4}},
    }
    assert since_last(report) == "60 steps in 1 h 0 min, best acc +0.1000"
    report.previous["last_step"] = 100
    assert since_last(report) == ""


def test_lines_that_were_not_read_are_counted_for_all_to_see(
    make: Callable[..., Report], capsys
) -> None:
    report = make([(10, {"loss": 1.0})])
    report.history.account.kinds.update(train=96, unknown=3, damaged=1)
    print_report(report)
    assert "Lines not read: 3 unknown, 1 damaged of 100" in capsys.readouterr().out
