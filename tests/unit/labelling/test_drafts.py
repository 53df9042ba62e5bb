"""What the network reads in the background."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from ppocr_ext.infer.reading import Reading
from ppocr_ext.labelling import drafts
from ppocr_ext.labelling.drafts import Drafts
from ppocr_ext.labelling.project import Project
from ppocr_ext.runtime import PUBLISHED


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


class Reads:
    """A recogniser that says which model read which file."""

    read_files: list[str] = []  # noqa: RUF012

    class settings:
        is_decoder = False

    language = charset = None

    def __init__(self, model: str | None = None, *more: Any, **others: Any) -> None:
        self.model = model or "published"
        self.fingerprint = self.model

    def stream(self, images: Any) -> Any:
        for image in images:
            self.read_files.append(f"{self.model} {Path(image).name}")
            yield Reading(f"{self.model} {Path(image).stem}", 0.5)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(Reads, "read_files", [])
    monkeypatch.setattr(drafts, "Recognizer", Reads)
    monkeypatch.setattr(drafts, "_LOOK", 0.02)
    return Reads.read_files


def started(folder: Path) -> Drafts:
    made = Drafts(Project(folder), None)
    made.start()
    wait_for(lambda: made.state in ("done", "error"))
    return made


def stopped(made: Drafts) -> Project:
    made.stop()
    made.project.log.close()
    return made.project


def test_everything_is_read_once_and_remembered(folder: Path, reads: list[str]) -> None:
    project = stopped(started(folder))
    assert project.state.lines[1].draft == "published ảnh_00"
    assert len(reads) == 10
    (folder / "mới.jpg").write_bytes((folder / "ảnh_00.jpg").read_bytes())
    with open(folder / "labelling" / "drafts.jsonl", "a", encoding="utf-8", newline="\n") as rows:
        rows.write('[1, "torn')
    project = stopped(started(folder))
    assert reads[10:] == ["published mới.jpg"]
    assert project.state.lines[10].draft == "published ảnh_09"


def test_a_better_model_reads_what_nobody_labelled(
    folder: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = started(folder)
    act = {"seq": 1, "kind": "accept", "n": 1, "text": "một", "base": 0}
    made.project.act("a", "", [act])
    path, better = folder / "labelling" / "model.json", folder.parent / "better"
    monkeypatch.chdir(folder.parent)
    path.write_text(json.dumps({"model": "better"}), encoding="utf-8")
    made.project.act("a", "", [{"seq": 2, "kind": "keep", "n": 3, "text": "đang gõ"}])
    time.sleep(0.1)
    assert made.loaded == "" and len(reads) == 10  # the model that it names is not there
    better.mkdir()
    wait_for(lambda: made.project.state.lines[10].draft == "better ảnh_09")
    assert made.loaded == "better" and len(reads) == 19
    assert made.project.state.lines[3].now.typed == "đang gõ"
    assert made.project.state.lines[1].draft == "published ảnh_00"
    stopped(made)
    project = stopped(started(folder))  # the first line's draft belongs to another model
    assert len(reads) == 19 + 1 and project.state.lines[2].draft == "better ảnh_01"


def test_a_model_that_cannot_be_loaded_is_said_and_typing_goes_on(folder: Path) -> None:
    made = Drafts(Project(folder), str(folder / "none"))
    made.start()
    wait_for(lambda: made.state == "error")
    assert "none" in made.error and made.charset() is None
    assert made.project.act("a", "", [{"seq": 1, "kind": "skip", "n": 1}])[0].status == "saved"
    stopped(made)


def test_readings_letters_copies_and_surer_labels_of_the_published_model(folder: Path) -> None:
    texts = (PUBLISHED / "samples" / "labels.txt").read_text(encoding="utf-8").splitlines()
    labels = dict(row.split("\t") for row in texts)
    wrong = labels["9.jpg"][:-1] + "q"
    rows = f"ảnh_08.jpg\t{labels['8.jpg']}\nảnh_09.jpg\t{wrong}\n"
    (folder / "train.txt").write_text(rows, encoding="utf-8", newline="\n")
    image = cv2.imdecode(np.fromfile(folder / "ảnh_00.jpg", np.uint8), cv2.IMREAD_COLOR)
    small = cv2.resize(image, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
    (folder / "bản sao.png").write_bytes(cv2.imencode(".png", small)[1].tobytes())
    shutil.copy(folder / "ảnh_00.jpg", folder / "hỏng.jpg")
    (folder / "hỏng.jpg").write_bytes(b"none")
    made = started(folder)
    lines = {line.image: line for line in made.project.state.lines.values()}
    assert lines["hỏng.jpg"].error and lines["hỏng.jpg"].draft == ""
    right = sum(lines[f"ảnh_0{n}.jpg"].draft == labels[f"{n}.jpg"] for n in range(10))
    assert right >= 9
    gap = lines["ảnh_09.jpg"].gap
    assert gap is not None and gap > 5 and lines["ảnh_08.jpg"].gap is None
    first = lines["ảnh_00.jpg"]
    copy = lines["bản sao.png"]
    assert first.copy_of == copy.copy_of and first.copy_of in (first.n, copy.n)
    assert lines["ảnh_01.jpg"].copy_of is None
    text = labels["9.jpg"]
    letters = made.letters(lines["ảnh_09.jpg"], wrong)
    assert [each["c"] for each in letters] == [*wrong]
    assert letters[0]["conf"] > 0.5 and len(letters[0]["others"]) == 5
    assert letters[-1]["conf"] is None and letters[-1]["others"][0][0] == text[-1]
    stopped(made)
