"""What people do to lines: kept, taken back, repeated, in conflict."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
from unit.labelling.conftest import Page


def kinds(page: Page) -> str:
    return page.kinds()


def test_accepted_lines_reach_the_files_and_a_new_server_knows_them(page: Page) -> None:
    ack = page.act("accept", n=1, text="  Hoặc phần   dự trữ ", base=0)
    assert ack["status"] == "saved" and ack["lines"][0]["text"] == "Hoặc phần dự trữ"
    page.act("skip", n=2, base=0)
    page.act("unsure", n=3, text="có lẽ", base=0)
    page.act("accept", n=4, text="###", base=0)
    page.act("keep", n=5, text="dở")
    assert page.text("train.txt") == "ảnh_00.jpg\tHoặc phần dự trữ\n"
    assert kinds(page) == "osustttttt"
    page.restart()
    assert kinds(page) == "osustttttt"
    assert page.line(5)["typed"] == "dở" and page.line(3)["text"] == "có lẽ"
    assert page.line(1)["who"] == "A"


def test_new_lines_are_split_by_the_hash_of_their_names(page: Page) -> None:
    for n in range(1, 11):
        page.act("accept", n=n, text=f"dòng {n}", base=0)
    train, val = page.text("train.txt"), page.text("val.txt")
    assert len(train.splitlines()) + len(val.splitlines()) == 10
    assert val == ""  # of these ten names none


def test_nothing_is_done_twice(page: Page) -> None:
    action = {"seq": 7, "kind": "accept", "n": 1, "text": "một", "base": 0}
    body: dict[str, Any] = {"client": "a", "who": "", "actions": [action]}
    first = page.post("/api/actions", **body)["acks"][0]
    page.restart()
    size = page.project.log.path.stat().st_size
    again = page.post("/api/actions", **body)["acks"][0]
    assert (first["status"], again["status"]) == ("saved", "known")
    assert again["lines"][0]["text"] == "một" and again["lines"][0]["rev"] == 1
    assert page.project.log.path.stat().st_size == size


def test_empty_text_is_refused_and_a_known_action_stays_refused(page: Page) -> None:
    ack = page.act("accept", n=1, text="  ", base=0)
    assert (ack["status"], ack["reason"], ack["lines"]) == ("refused", "empty", [])
    assert page.act("accept", n=99, text="x", base=0)["reason"] == "unknown_line"


@pytest.mark.parametrize("restarts", [False, True], ids=["", "restarted"])
def test_every_decision_is_taken_back_and_repeated(page: Page, restarts: bool) -> None:
    page.act("accept", n=1, text="một", base=0)
    page.act("skip", n=1, base=1)
    page.act("confirm", lines=[[2, "hai", 0], [3, "ba", 0]])
    page.act("bad", n=4, base=0)
    seen = [kinds(page)]
    for _ in range(4):
        if restarts:
            page.restart()
        page.act("undo")
        seen.append(kinds(page))
    assert seen == ["soobtttttt", "soottttttt", "sttttttttt", "ottttttttt", "tttttttttt"]
    assert page.act("undo")["reason"] == "nothing_to_undo"
    for expected in seen[-2::-1]:
        if restarts:
            page.restart()
        page.act("redo")
        assert kinds(page) == expected
    assert page.act("redo")["reason"] == "nothing_to_redo"


def test_undo_says_where_to_return_to_and_what_was_undone(page: Page) -> None:
    page.act("accept", n=3, text="ba", base=0)
    page.act("keep", n=4, text="bốn")  # nothing to undo
    ack = page.act("undo")
    assert ack["n"] == 3
    page.act("accept", n=5, text="năm", base=0)
    assert page.act("redo")["reason"] == "nothing_to_redo"  # a new action ends it


def test_two_people_and_one_line_keep_both_texts(page: Page) -> None:
    page.act("accept", client="a", n=1, text="một", base=0)
    ack = page.act("accept", client="b", n=1, text="hai", base=0)
    assert ack["status"] == "conflict"
    line = page.line(1)
    assert line["kind"] == "conflict" and line["texts"] == ["một", "hai"]
    assert page.get("/api/queue?name=review")["ns"] == [1]
    assert page.text("train.txt") == ""
    page.restart()
    assert page.line(1)["texts"] == ["một", "hai"]
    log = page.project.log.path.read_text(encoding="utf-8")
    assert '"text":"một"' in log and '"text":"hai"' in log
    assert page.act("accept", client="b", n=1, text="hai", base=line["rev"])["status"] == "saved"
    assert page.text("train.txt") == "ảnh_00.jpg\thai\n"


def test_the_same_text_twice_and_a_text_after_a_look_are_no_conflict(page: Page) -> None:
    page.act("accept", client="a", n=1, text="một", base=0)
    assert page.act("accept", client="b", n=1, text="một", base=0)["status"] == "saved"
    assert page.act("accept", client="a", n=1, text="hai", base=2)["status"] == "saved"
    assert page.act("undo", client="b")["reason"] == "changed_since"


def test_a_line_is_lent_for_a_minute(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    assert page.post("/api/lease", client="a", who="Lan", n=1) == {"lent": True, "who": None}
    refused = page.post("/api/lease", client="b", who="Minh", n=1)
    assert refused == {"lent": False, "who": "Lan"}
    assert page.get("/api/changes?since=0&client=b")["leases"] == [
        {"n": 1, "who": "Lan", "mine": False}
    ]
    assert page.post("/api/lease", client="a", who="Lan", n=1)["lent"]
    now = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: now() + 61)
    assert page.post("/api/lease", client="b", who="Minh", n=1)["lent"]


def test_a_full_disk_acknowledges_nothing_and_keeps_the_state(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.act("accept", n=1, text="một", base=0)
    write = os.write

    def full(file: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    actions = [
        {"seq": 50, "kind": "accept", "n": 2, "text": "hai", "base": 0},
        {"seq": 51, "kind": "undo"},
        {"seq": 52, "kind": "undo"},
        {"seq": 53, "kind": "redo"},
        {"seq": 54, "kind": "keep", "n": 3, "text": "ba"},
    ]
    body = {"client": "a", "who": "", "actions": actions}
    answer = page.client.post("/api/actions", json=body)
    assert answer.status_code == 507 and answer.json()["error"]["code"] == "disk"
    assert "no space is left" in answer.json()["error"]["found"]
    assert kinds(page) == "ottttttttt" and page.line(1)["rev"] == 1
    assert page.line(3)["typed"] is None
    monkeypatch.setattr(os, "write", write)
    assert [each["status"] for each in page.post("/api/actions", **body)["acks"]] == ["saved"] * 5
    assert kinds(page) == "ottttttttt"
    page.act("undo")
    assert kinds(page) == "tttttttttt"


def test_a_line_that_came_with_a_label_goes_back_to_it(folder: Path) -> None:
    (folder / "train.txt").write_text("ảnh_00.jpg\tcũ\n", encoding="utf-8", newline="\n")
    page = Page(folder)
    page.act("accept", n=1, text="mới", base=0)
    page.act("reset", n=1)
    assert page.line(1)["kind"] == "labelled" and page.line(1)["text"] == "cũ"


def test_lines_an_hour_leave_pauses_out(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    now = 1_000_000.0
    monkeypatch.setattr(time, "time", lambda: now)
    for n in range(1, 7):
        page.act("accept", n=n, text="x", base=0)
        now += 1000.0 if n == 3 else 6.0
    assert page.get("/api/state")["per_hour"] == 900.0  # six lines in four pauses of 6 seconds


def test_drafts_are_scored_from_fifty_lines_on(folder: Path) -> None:
    rows = [f"ảnh_00.jpg\tcũ {n}" for n in range(60)]
    (folder / "train.txt").write_text("\n".join(rows), encoding="utf-8", newline="\n")
    page = Page(folder)
    for n in range(1, 50):
        page.act("accept", n=n, text=f"dòng {n}", base=0, order="random")
    assert page.get("/api/state")["evaluation"] is None
    page.act("accept", n=50, text="khác", base=0, order="random")
    page.restart()
    found = page.get("/api/state")["evaluation"]
    assert (found["n"], found["acc"], found["order"]) == (50, 0.98, "random")
    assert found["acc_low"] < 0.98 <= found["acc_high"] <= 1 and 0 < found["cer"] < 0.05
    page.act("accept", n=51, text="dòng 51", base=0, order="uncertain")
    assert page.get("/api/state")["evaluation"]["n"] == 50
    assert json.dumps(found)  # plain numbers
