"""Every file of every checkpoint is what its manifest says, or the report says otherwise."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from ppocr_ext.report import checkpoints
from ppocr_ext.report.checkpoints import INTACT, UNVERIFIED, inspect_disk


def save(folder: Path, name: str, step: int = 100) -> None:
    """A checkpoint as our trainer leaves it."""
    files = {}
    for suffix in ("pdparams", "pdopt", "states"):
        content = suffix.encode().ljust(8) * 75
        (folder / f"{name}.{suffix}").write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        files[suffix] = {"size": len(content), "sha256": digest}
    manifest = {
        "created": "2026-11-21T05:33:48+00:00",
        "global_step": step,
        "metrics": {"acc": 0.5, "global_step": 100},
        "files": files,
    }
    (folder / f"{name}.json").write_text(json.dumps(manifest), encoding="utf-8")


def test_intact_checkpoints_in_their_order(vietnamese_path: Path) -> None:
    for name in ("iter_epoch_10", "iter_epoch_2", "latest", "best_accuracy"):
        save(vietnamese_path, name)
    (vietnamese_path / "report_card.json").write_text("{}", encoding="utf-8")
    (vietnamese_path / "checkpoints" / "step_00000100").mkdir(parents=True)
    disk = inspect_disk(vietnamese_path)
    names = [one.name for one in disk.checkpoints]
    assert names == ["latest", "best_accuracy", "iter_epoch_2", "iter_epoch_10"]
    assert {one.verdict for one in disk.checkpoints} == {INTACT}
    assert disk.checkpoints[0].step == 100 and disk.checkpoints[0].metrics["acc"] == 0.5
    assert disk.checkpoints[0].saved == 1795239228.0
    assert disk.kept_steps == 1 and disk.free > 0


def test_metrics_of_the_best_are_not_those_of_the_latest(tmp_path: Path) -> None:
    save(tmp_path, "latest", step=120)
    (latest,) = inspect_disk(tmp_path).checkpoints
    assert latest.step == 120 and latest.metrics == {}


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda path: path.unlink(), "missing"),
        (lambda path: path.write_bytes(b"short"), "5 bytes, not 600"),
        (lambda path: path.write_bytes(b"x" * 600), "its content was changed or damaged"),
    ],
)
def test_damage_is_named(damage, words: str, tmp_path: Path) -> None:
    save(tmp_path, "latest")
    damage(tmp_path / "latest.pdopt")
    latest = inspect_disk(tmp_path).find("latest")
    assert latest is not None and latest.damage == [f"latest.pdopt: {words}"]


def test_stock_checkpoints_have_no_manifest(tmp_path: Path) -> None:
    (tmp_path / "latest.pdparams").write_bytes(b"weights")
    (tmp_path / "best_accuracy.pdparams").write_bytes(b"")
    latest, best = inspect_disk(tmp_path).checkpoints
    assert latest.verdict == UNVERIFIED and latest.step is None
    assert best.verdict == "best_accuracy.pdparams: empty"


def test_unchanged_files_are_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path, "latest")
    first = inspect_disk(tmp_path)
    monkeypatch.setattr(checkpoints, "_sha256", lambda path: "read again")
    assert inspect_disk(tmp_path, first.digests).checkpoints[0].verdict == INTACT
    assert inspect_disk(tmp_path).checkpoints[0].damage


def test_a_damaged_manifest_is_no_crash(tmp_path: Path) -> None:
    save(tmp_path, "latest")
    for text in ("", "[]", '{"files": 3}', '{"files": {"pdparams": null}}'):
        (tmp_path / "latest.json").write_text(text, encoding="utf-8")
        assert inspect_disk(tmp_path).checkpoints[0].verdict == UNVERIFIED
