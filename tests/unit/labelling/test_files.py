"""Label files: only what was changed is changed, and never over another program's work."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path
from typing import Any

import pytest
from unit.labelling.conftest import Page

from ppocr_ext.checksums import sha256_of
from ppocr_ext.data.label_txt import parse_row
from ppocr_ext.labelling.project import Project
from ppocr_ext.outputs import announce

ODD = (
    '\ufeffảnh_00.jpg\tmột  \r\nno tab\r\n["a.jpg", "b.jpg"]\thai\r\nsub\\ảnh.jpg\tba\tbốn\r\n'
).encode()


def change(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def test_a_label_file_keeps_what_nobody_changed_to_the_byte(folder: Path) -> None:
    (folder / "train.txt").write_bytes(ODD)
    page = Page(folder)
    page.project.write()
    assert (folder / "train.txt").read_bytes() == ODD
    assert page.get("/api/state")["counts"] == {
        **dict.fromkeys(("ok", "skip", "unsure", "bad", "conflict"), 0),
        **{"todo": 9, "labelled": 3},
    }
    page.act("accept", n=3, text="năm", base=0)
    page.project.write()
    expected = ODD.replace(b"]\thai\r", b"]\tn\xc4\x83m\r")
    assert (folder / "train.txt").read_bytes() == expected
    page.act("skip", n=1)
    page.project.write()
    assert b"0.jpg" not in (folder / "train.txt").read_bytes()
    page.act("undo")
    page.project.write()
    assert (folder / "train.txt").read_bytes() == expected
    page.restart()
    page.project.write()
    assert (folder / "train.txt").read_bytes() == expected


def test_a_label_file_that_is_named_is_labelled_alone(folder: Path) -> None:
    change(folder / "mine.txt", "ảnh_00.jpg\tmột\n")
    project = Project(folder, folder / "mine.txt")
    assert [line.image for line in project.state.lines.values()] == ["ảnh_00.jpg"]
    project.log.close()


def test_what_another_program_wrote_is_not_overwritten(page: Page) -> None:
    page.act("accept", n=1, text="một", base=0)
    page.text("train.txt")
    theirs = "ảnh_00.jpg\tMỘT\nảnh_03.jpg\tbốn\nmới.jpg\tnăm\n"
    change(page.folder / "train.txt", theirs)
    page.act("accept", n=2, text="hai", base=0)
    answer = page.client.post("/api/write", json={})
    assert answer.status_code == 409 and answer.json()["error"]["code"] == "files_changed"
    assert page.text("train.txt") == theirs
    assert [each["state"] for each in page.get("/api/state")["files"]] == ["changed"]
    page.restart()
    assert page.get("/api/state")["files"][0]["state"] == "changed"
    assert page.text("train.txt") == theirs


@pytest.mark.parametrize("restarts", [False, True], ids=["", "restarted"])
def test_either_side_of_a_changed_file_may_be_taken(page: Page, restarts: bool) -> None:
    page.act("accept", n=1, text="một", base=0)
    page.act("accept", n=3, text="ba", base=0)
    page.text("train.txt")
    theirs = "ảnh_00.jpg\tMỘT\nảnh_01.jpg\thai\nmới.jpg\tnăm\n"
    change(page.folder / "train.txt", theirs)
    page.act("accept", n=2, text="HAI", base=0)
    page.text("train.txt")
    if restarts:
        page.restart()
    found = page.post("/api/files", name="train.txt", take="theirs")
    assert found["kept"] is None
    assert page.text("train.txt") == theirs
    page.restart()
    assert page.text("train.txt") == theirs
    names = ("ảnh_00.jpg", "ảnh_01.jpg", "ảnh_02.jpg", "mới.jpg")
    lines = page.get("/api/queue?name=all&with=20")["lines"]
    assert len(lines) == 11 and len({line["name"] for line in lines}) == 11
    texts = {line["name"]: line["text"] for line in lines}
    assert [texts[name] for name in names] == ["MỘT", "hai", "", "năm"]
    assert '"text":"HAI"' in page.project.log.path.read_text(encoding="utf-8")


def test_boxes_of_another_program_may_be_taken(vietnamese_path: Path) -> None:
    page = Page(pages_of(vietnamese_path))
    page.act("accept", n=boxes(page)[0]["n"], text="của tôi", base=0)
    page.text("Label.txt")
    theirs = (
        'trang/a.jpg\t[{"transcription": "của họ", "points": [[1, 1], [90, 1], [90, 9], [1, 9]]}]\n'
    )
    change(page.folder / "Label.txt", theirs)
    page.act("accept", n=boxes(page)[0]["n"], text="lại", base=1)
    page.text("Label.txt")
    page.post("/api/files", name="Label.txt", take="theirs")
    page.restart()
    assert [(box["text"], box["kind"]) for box in boxes(page)] == [("của họ", "labelled")]
    assert page.text("Label.txt") == theirs
    assert page.get("/api/page/2")["boxes"] == []


def test_pages_that_nobody_confirmed_are_drafts(vietnamese_path: Path) -> None:
    """Of ``read_pages.py --label``, or PPOCRLabel: its ``fileState.txt`` names the others."""
    folder = pages_of(vietnamese_path)
    change(folder / "fileState.txt", "C:\\old\\trang\\a.jpg\t1\n")
    picture = (folder / "b.jpg").read_bytes()
    announce(folder / "b.jpg", sha256_of(folder / "b.jpg"))  # read_pages.py wrote it
    (folder / "b.jpg").write_bytes(picture)
    (folder / "crop_img").mkdir()
    shutil.copy(folder / "a.jpg", folder / "crop_img" / "a_crop_0.jpg")
    change(folder / "rec_gt.txt", "crop_img/a_crop_0.jpg\tTổng cộng\n")
    page = Page(folder)
    assert page.get("/api/state")["pages"] == 2
    assert [box["kind"] for box in boxes(page)] == ["labelled", "skip", "todo"]
    (draft,) = page.get("/api/page/2")["boxes"]
    assert draft["kind"] == "todo"
    assert "trang hai" not in page.text("train.txt") and "trang hai" in page.text("Label.txt")
    assert page.text("fileState.txt") == "trang/a.jpg\t1\n"  # with a box that is not labelled
    page.act("accept", n=boxes(page)[2]["n"], text="ba", base=0)
    assert page.text("fileState.txt") == "trang/a.jpg\t1\n"
    page.act("accept", n=draft["n"], text="trang hai", base=0)
    assert page.text("fileState.txt") == "trang/a.jpg\t1\ntrang/b.jpg\t1\n"
    page.project.log.close()


def test_ours_is_written_and_theirs_is_kept_under_a_free_name(page: Page) -> None:
    page.act("accept", n=1, text="một", base=0)
    page.text("train.txt")
    change(page.folder / "train.txt", "x.jpg\tx\n")
    page.act("accept", n=2, text="hai", base=0)
    page.text("train.txt")
    found = page.post("/api/files", name="train.txt", take="mine")
    assert found["kept"] == "train_2.txt" and found["files"][0]["state"] == "written"
    assert (page.folder / "train_2.txt").read_text(encoding="utf-8") == "x.jpg\tx\n"
    assert page.text("train.txt") == "ảnh_00.jpg\tmột\nảnh_01.jpg\thai\n"


def test_a_file_that_was_removed_or_came_first_is_another_programs_change(page: Page) -> None:
    change(page.folder / "train.txt", "ảnh_00.jpg\tba\n")  # after the folder was opened
    page.act("accept", n=1, text="một", base=0)
    assert page.text("train.txt") == "ảnh_00.jpg\tba\n"
    page.post("/api/files", name="train.txt", take="mine")
    (page.folder / "train.txt").unlink()
    page.act("accept", n=2, text="hai", base=0)
    assert page.text("train.txt") == ""
    page.post("/api/files", name="train.txt", take="mine")
    assert page.text("train.txt") == "ảnh_00.jpg\tmột\nảnh_01.jpg\thai\n"


def test_a_kill_between_the_sum_and_the_file_is_no_change_of_another_program(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ppocr_ext import coedited

    page.act("accept", n=1, text="một", base=0)
    page.text("train.txt")
    page.act("accept", n=2, text="hai", base=0)

    def killed(*words: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(coedited, "replacing", killed)
        with pytest.raises(KeyboardInterrupt):
            page.project.write()
    page.restart()
    assert page.text("train.txt") == "ảnh_00.jpg\tmột\nảnh_01.jpg\thai\n"


def test_an_import_shows_the_boxes_of_its_crops_and_keeps_its_split(folder: Path) -> None:
    change(folder / "train.txt", "ảnh_00.jpg\tmột\n")
    change(folder / "val.txt", "ảnh_01.jpg\thai\n")
    quad = [[1.0, 2.0], [30.0, 2.0], [30.0, 12.0], [1.0, 12.0]]
    row = '{"crop": "ảnh_01.jpg", "page": "ảnh_09.jpg", "quad": ' + str(quad) + "}\n"
    change(folder / "boxes.jsonl", row)
    page = Page(folder)
    assert (
        page.get("/api/state")["drafts"]["total"] == 2
    )  # crops without a label were left out on purpose
    assert page.line(2)["quad"] == quad and page.line(2)["p"] == 1
    shown = page.get("/api/page/1")
    assert shown["fixed"] and [box["n"] for box in shown["boxes"]] == [2] and shown["w"] > 30
    assert page.act("delete", n=2, base=0)["reason"] == "fixed"
    page.act("accept", n=2, text="HAI", base=0)
    page.project.write()
    assert (folder / "val.txt").read_text(encoding="utf-8") == "ảnh_01.jpg\tHAI\n"
    assert (folder / "train.txt").read_text(encoding="utf-8") == "ảnh_00.jpg\tmột\n"


def test_labels_of_pages_keep_unknown_keys_and_untouched_rows(vietnamese_path: Path) -> None:
    folder = pages_of(vietnamese_path)
    before = (folder / "Label.txt").read_text(encoding="utf-8")
    page = Page(folder)
    page.project.write()
    assert (folder / "Label.txt").read_text(encoding="utf-8") == before
    boxes = page.get("/api/page/1")["boxes"]
    assert [(box["kind"], box["text"]) for box in boxes] == [
        *(("labelled", "Tổng cộng"), ("skip", ""), ("todo", "")),
    ]
    page.act("accept", n=boxes[0]["n"], text="TỔNG\tCỘNG: true", base=0)
    page.project.write()
    rows = (folder / "Label.txt").read_text(encoding="utf-8").splitlines()
    assert rows[1:] == before.splitlines()[1:]
    assert rows[0].count("\t") == 1 and "true" not in rows[0].replace('"difficult": true', "")
    name, found = parse_row(rows[0])
    assert name == "trang/a.jpg"
    first = {"transcription": "TỔNG CỘNG: true", "points": [[5, 5], [90, 6], [90, 30], [5, 29]]}
    assert found[0] == {**first, "difficult": True, "key_cls": "total", "id": 7}
    loaded = rows[0].split("\t")[1]  # as PPOCRLabel does it
    for word, literal in (("false", "False"), ("true", "True"), ("null", "None")):
        loaded = loaded.replace(word, literal)
    assert ast.literal_eval(loaded) == found
    assert found[1]["transcription"] == "###" and found[2]["transcription"] == ""
    assert found[2]["points"] == [[5, 70], [50, 65], [90, 70], [90, 90], [5, 90]]


def test_boxes_are_drawn_moved_joined_split_deleted_and_all_taken_back(
    vietnamese_path: Path,
) -> None:
    folder = pages_of(vietnamese_path)
    page = Page(folder)
    first = look(page)
    a, b, _ = (box["n"] for box in page.get("/api/page/1")["boxes"])
    drawn = page.act("draw", p=1, quad=[[10, 40], [60, 40], [60, 55], [10, 55]], after=a)
    assert drawn["lines"][0]["draft"] and [box["n"] for box in boxes(page)][1] == drawn["n"]
    page.act("move", n="seq:1", quad=[[12, 40], [60, 40], [60, 55], [12, 55]])
    assert page.line(drawn["n"])["quad"][0] == [12.0, 40.0]
    page.act("accept", n=drawn["n"], text="một hai", base=2)
    part = page.act("split", n=drawn["n"], at=[36, 47])
    assert part["n"] != drawn["n"] and page.line(drawn["n"])["quad"][1] == [36.0, 40.0]
    page.act("join", n=drawn["n"], m=part["n"])
    assert page.line(drawn["n"])["quad"] == [[12, 40], [60, 40], [60, 55], [12, 55]]
    page.act("delete", n=b, base=0)
    numbers = [box["n"] for box in boxes(page)]
    page.act("order", p=1, ns=numbers[::-1])
    assert [box["n"] for box in boxes(page)] == numbers[::-1]
    page.act("order", p=1)  # as it is read
    assert [box["n"] for box in boxes(page)] == numbers
    last = look(page)
    page.restart()
    assert look(page) == last
    for _ in range(8):
        assert page.act("undo")["status"] == "saved"
        page.restart()
    assert look(page) == first
    for _ in range(8):
        assert page.act("redo")["status"] == "saved"
    assert look(page) == last


@pytest.mark.parametrize(
    "quad",
    [
        *([], [[1, 1]] * 4, [[0, 0], [9, 0], [0, 9], [9, 9]], [[0, 0], [9, 0], [9, "x"], [0, 9]]),
        [[0, 0], [float("1e400"), 0], [9, 9], [0, 9]],
    ],
)
def test_what_is_no_box_is_refused(vietnamese_path: Path, quad: Any) -> None:
    page = Page(pages_of(vietnamese_path))
    body = '{"client":"a","actions":[{"seq":1,"kind":"draw","p":1,"quad":%s}]}'
    text = str(quad).replace("inf", "1e400").replace("'", '"')
    answer = page.client.post("/api/actions", content=body % text)
    assert answer.json()["acks"][0]["reason"] == "bad_quad"


def test_pages_are_written_as_crops_that_training_reads(vietnamese_path: Path) -> None:
    page = Page(pages_of(vietnamese_path))
    n = boxes(page)[2]["n"]
    page.act("accept", n=n, text="Cảm ơn", base=0)
    page.project.write()
    home = page.folder / "labelling"
    rows = (page.text("train.txt") + page.text("val.txt")).splitlines()
    texts = {row.partition("\t")[2]: home / row.partition("\t")[0] for row in rows}
    assert texts.keys() == {"Tổng cộng", "Cảm ơn", "trang hai"}
    assert all(path.is_file() for path in texts.values())
    import json

    found = [json.loads(row) for row in (home / "boxes.jsonl").read_text("utf-8").splitlines()]
    assert {each["text"] for each in found} == texts.keys()
    assert {each["page"] for each in found} == {"../a.jpg", "../b.jpg"}


def boxes(page: Page) -> list[dict[str, Any]]:
    return list(page.get("/api/page/1")["boxes"])


def look(page: Page) -> list[Any]:
    keys = ("n", "kind", "text", "typed", "quad")
    return [[box[key] for key in keys] for box in boxes(page)]


def pages_of(place: Path) -> Path:
    """Two pages that PPOCRLabel knows, with keys of other programs."""
    import cv2
    import numpy as np

    folder = place / "trang"
    folder.mkdir()
    for name in ("a.jpg", "b.jpg"):
        blank = cv2.imencode(".jpg", np.full((600, 500, 3), 255, np.uint8))[1]
        (folder / name).write_bytes(blank.tobytes())
    change(
        folder / "Label.txt",
        'trang/a.jpg\t[{"transcription": "Tổng cộng", "points": [[5, 5], [90, 6], [90, 30], '
        '[5, 29]], "difficult": true, "key_cls": "total", "id": 7}, {"transcription": "###", '
        '"points": [[5, 40], [90, 40], [90, 60], [5, 60]], "difficult": false}, {"transcription": '
        '"", "points": [[5, 70], [50, 65], [90, 70], [90, 90], [5, 90]], "difficult": false}]\n'
        'trang/b.jpg\t[{"transcription": "trang hai", "points": [[5.5, 5], [90, 6], [90, 30], '
        "[5, 29]]}]\n"
        "gone/c.jpg\t[]\n",
    )
    return folder
