"""One entry for each state, with what changed since the one before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ppocr_ext.report.journal import add_entry
from ppocr_ext.report.report import Finding, Report


def test_an_entry_is_never_written_twice(make: Callable[..., Report], tmp_path: Path) -> None:
    train = [(step, {"loss": 9.0 - step / 100, "ips": 20.0}) for step in range(10, 200, 10)]
    first = make(train, [(100, {"acc": 0.25, "cer": 0.2})])
    assert add_entry(first, tmp_path)
    assert not add_entry(first, tmp_path)
    second = make(
        [*train, (200, {"loss": 2.0})],
        [(100, {"acc": 0.25, "cer": 0.2}), (200, {"acc": 0.5, "cer": 0.1})],
        [("rollback", 195)],
    )
    second.findings = [Finding("plateau", "warning", "Plateau", "acc <b>0.5</b>", "stop")]
    assert add_entry(second, tmp_path)
    assert not add_entry(first, tmp_path)
    text = (tmp_path / "journal.md").read_text(encoding="utf-8")
    assert text.count("## ") == 2
    assert "acc 0.5000 (+0.2500), CER 0.1000 (−0.1000)" in text
    assert "Incident: step 195" in text
    assert "Lowest training loss 2.000 at step 200" in text
    assert "&lt;b&gt;0.5" in text and "<b>" not in text
