"""Every file of every checkpoint is what its manifest says, or the report shows the difference."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest

from ppocr_ext.checkpoint import CheckpointStore
from ppocr_ext.checkpoint.checkpoint import _checksum
from ppocr_ext.checksums import sha256_of
from ppocr_ext.errors import UserError
from ppocr_ext.runs import inventory as checkpoints
from ppocr_ext.runs.inventory import INTACT, UNVERIFIED, CheckpointState, inspect_disk


def save(folder: Path, *names: str, step: int = 100) -> None:
    """A checkpoint as our trainer leaves it, under each of ``names``."""
    writers = {
        suffix: lambda path, suffix=suffix: path.write_bytes(suffix.encode().ljust(8) * 75)
        for suffix in ("pdparams", "pdopt", "states")
    }
    metrics = {"acc": 0.5, "global_step": 100}
    store = CheckpointStore(folder, keep_last=9)
    store.save(names, writers, {"epoch": 1}, metrics, global_step=step, epoch=1)


def verdict(folder: Path, name: str = "latest") -> CheckpointState:
    found = inspect_disk(folder).find(name)
    assert found is not None
    return found


def test_intact_checkpoints_in_their_order(vietnamese_path: Path) -> None:
    save(vietnamese_path, "iter_epoch_10", "iter_epoch_2", "latest", "best_accuracy")
    (vietnamese_path / "report_card.json").write_text("{}", encoding="utf-8")
    disk = inspect_disk(vietnamese_path)
    names = [one.name for one in disk.checkpoints]
    assert names == ["latest", "best_accuracy", "iter_epoch_2", "iter_epoch_10"]
    assert {one.verdict for one in disk.checkpoints} == {INTACT}
    assert disk.checkpoints[0].step == 100 and disk.checkpoints[0].metrics["acc"] == 0.5
    assert disk.checkpoints[0].saved == pytest.approx(time.time(), abs=600)
    assert disk.kept_steps == 1 and disk.free > 0 and disk.resumes_from == ""


def test_metrics_of_the_best_are_not_those_of_the_latest(tmp_path: Path) -> None:
    save(tmp_path, "latest", step=120)
    (latest,) = inspect_disk(tmp_path).checkpoints
    assert latest.step == 120 and latest.metrics == {}


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda path: path.unlink(), "missing"),
        (lambda path: path.write_bytes(b"short"), "5 bytes, expected 600"),
        (
            lambda path: path.write_bytes(b"x" * 600),
            "its content has changed (SHA-256 differs)",
        ),
    ],
)
def test_damage_is_named(damage, words: str, tmp_path: Path) -> None:
    save(tmp_path, "latest")
    copy = tmp_path / "latest.pdopt"
    copy.unlink()  # another file than that in checkpoints/, which shares its bytes
    copy.write_bytes(b"pdopt".ljust(8) * 75)
    damage(copy)
    assert verdict(tmp_path).damage == [f"latest.pdopt: {words}"]
    resumed = CheckpointStore(tmp_path).load()
    assert inspect_disk(tmp_path).resumes_from == str(resumed.prefix)


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
    monkeypatch.setattr(checkpoints, "sha256_of", lambda path: "read again")
    assert inspect_disk(tmp_path, first.digests).checkpoints[0].verdict == INTACT
    assert inspect_disk(tmp_path).checkpoints[0].damage


def edited(text: str) -> str:
    return text.replace('"global_step": 100', '"global_step": 900', 1)


def newer(text: str) -> str:
    return text.replace('"format": 1', '"format": 2')


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (edited, "was changed after it was written"),
        (newer, "was changed after it was written"),
        (lambda text: "", "is not JSON"),
        (lambda text: text[:200], "is not JSON"),
        (lambda text: "[]", "is not the manifest of a checkpoint"),
        (lambda text: "{}", "is not the manifest of a checkpoint"),
        (lambda text: '{"files": {"pdparams": null}}', "is not the manifest of a checkpoint"),
        (lambda text: "[" * 100_000, "is not JSON"),
    ],
)
def test_a_manifest_that_the_store_refuses_is_reported(damage, words: str, tmp_path: Path) -> None:
    save(tmp_path, "latest", "best_accuracy")
    manifest = tmp_path / "best_accuracy.json"
    manifest.write_text(damage(manifest.read_text(encoding="utf-8")), encoding="utf-8")
    best = verdict(tmp_path, "best_accuracy")
    assert len(best.damage) == 1 and best.damage[0].startswith(f"best_accuracy.json: {words}")
    assert best.step is None and "intact" not in best.verdict
    assert verdict(tmp_path).verdict == INTACT
    for folder in (tmp_path / "checkpoints").iterdir():
        shutil.rmtree(folder)
    with pytest.raises(UserError, match="no intact checkpoint"):
        CheckpointStore(tmp_path).load("best_accuracy")


def test_a_manifest_that_lacks_a_key_is_damaged(tmp_path: Path) -> None:
    save(tmp_path, "latest")
    path = tmp_path / "latest.json"
    body = json.loads(path.read_text(encoding="utf-8"))
    del body["checksum"], body["files"]
    path.write_text(json.dumps({**body, "checksum": _checksum(body)}), encoding="utf-8")
    assert "is not complete" in verdict(tmp_path).verdict


def test_sealed_weights_are_verified_by_their_seal(tmp_path: Path) -> None:
    weights = tmp_path / "best_accuracy.pdparams"
    weights.write_bytes(b"weights")
    seal = {"model": "PP-OCRv6_small_rec", "classes": 257, "sha256": sha256_of(weights)}
    weights.with_suffix(".json").write_text(json.dumps(seal), encoding="utf-8")
    assert verdict(tmp_path, "best_accuracy").verdict == INTACT
    weights.write_bytes(b"wEights")
    assert "SHA-256 differs" in verdict(tmp_path, "best_accuracy").verdict
