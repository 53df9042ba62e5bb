"""The drawing benchmark: the rival is given our texts and fonts; TRDG itself is not run here."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from bench import synth


def test_the_rival_draws_the_same_texts_in_the_same_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {}

    def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        given.update(json.loads(Path(command[-1]).read_text(encoding="utf-8")))
        slow = json.dumps({"seconds_per_line": 100.0, "settings": "defaults"})
        return subprocess.CompletedProcess(command, 0, stdout=f"a word before\n{slow}\n")

    monkeypatch.setattr(synth, "python_with", lambda packages: "python")
    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(synth, "_WARM_UP", 1)
    [row] = synth.measure("plain", lines=4)
    assert row.met and "defaults" in row.measured
    assert len(given["texts"]) == 4 and all(Path(font).is_file() for font in given["fonts"])
    assert 10 < given["height"] < 140
