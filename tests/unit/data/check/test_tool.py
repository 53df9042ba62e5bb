"""``tools/check_data.py``: exit code by severity, a report in a file, any console."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

KEYS = ("data_dir", "label_file_list")


@pytest.fixture
def data(vietnamese_path: Path) -> Path:
    for number in range(3):
        image = np.random.default_rng(number).integers(0, 256, (32, 200, 3), dtype=np.uint8)
        cv2.imencode(".png", image)[1].tofile(vietnamese_path / f"{number}.png")
    (vietnamese_path / "train.txt").write_text("0.png\tđường\n1.png\tphố\n", encoding="utf-8")
    return vietnamese_path


def test_what_is_drawn_while_it_is_read_is_not_checked(run_tool: Callable) -> None:
    config = Path(__file__).parents[4] / "configs" / "rec_mega.yml"
    done = run_tool("check_data.py", "-c", config, "-o", "Eval.dataset.label_file_list=[]")
    assert done.code == 2 and "names no label file" in done.err


def test_warnings_and_errors_have_their_exit_codes(data: Path, run_tool: Callable) -> None:
    arguments = [data / "train.txt", "--output", data / "out"]
    done = run_tool("check_data.py", *arguments)
    assert done.code == 1, done.err  # letters are missing
    assert "fit for training, with warnings" in done.out
    assert "missing (130)" in (data / "out" / "report.txt").read_text(encoding="utf-8")
    assert (data / "out" / "histograms.png").stat().st_size > 1000

    (data / "val.txt").write_text("2.png\tx\n0.png\tđường\n", encoding="utf-8")
    arguments += ["--val-labels", data / "val.txt"]
    done = run_tool("check_data.py", *arguments, env={"PYTHONIOENCODING": "cp1252"})
    assert done.code == 2 and "val.txt:2 is train.txt:1" in done.out


def test_all_sets_of_a_config_are_checked(data: Path, run_tool: Callable) -> None:
    (data / "more.txt").write_text("0.png\tđường\n2.png\t\n", encoding="utf-8")
    lines = f"{{data_dir: '{data.as_posix()}', label_file_list: ['{data.as_posix()}/more.txt']}}"
    done = run_tool(
        "check_data.py",
        *("-o", f"Train.dataset.label_file_list={data / 'train.txt'}", f"Eval.sets.more={lines}"),
        *(f"Train.dataset.data_dir={data}", "Eval.dataset.label_file_list=[]"),
        *("--look", "nothing", "--output", data / "out"),
    )
    assert "more: 2 lines" in done.out and "more.txt:2" in done.out, done.err


def test_files_that_are_still_to_be_made(data: Path, run_tool: Callable) -> None:
    made = [f"{part}.dataset.{key}={data / 'none'}" for part in ("Train", "Eval") for key in KEYS]
    command = f"python tools/make_data.py --preset quick --output '{data / 'none'}'"
    made += [f'{part}.dataset.make="{command}"' for part in ("Train", "Eval")]
    done = run_tool("check_data.py", "-o", *made, "--output", data / "out")
    assert done.code == 2
    assert done.out.count("cure: python tools/make_data.py --preset quick") == 2
    assert "134 Vietnamese letters" not in done.out and not (data / "out").exists()


def test_where_no_line_can_be_used_there_is_no_picture(data: Path, run_tool: Callable) -> None:
    (data / "swapped.txt").write_text("đường\t0.png\nphố\t1.png\n", encoding="utf-8")
    done = run_tool("check_data.py", "--labels", data / "swapped.txt", "--output", data / "out")
    assert done.code == 2 and "result: errors: no line can be used" in done.out, done.err
    found = {path.name for path in (data / "out").iterdir()}
    assert found == {".report.txt.sha256", "report.txt"}


def test_a_half_right_file_is_fixed_with_exit_code_1(data: Path, run_tool: Callable) -> None:
    (data / "half.txt").write_text("0.png đường\n1.png\tphố\nnone.png\tx\n", encoding="utf-8")
    done = run_tool("check_data.py", "--fix", "--labels", data / "half.txt")
    assert done.code == 1, done.err
    assert (data / "half.fixed.txt").read_text(encoding="utf-8") == "0.png\tđường\n1.png\tphố\n"
    assert "none.png\tx" in (data / "half.left_out.txt").read_text(encoding="utf-8")


def test_what_cannot_be_fixed_has_exit_code_2_and_the_rest_is(
    data: Path, run_tool: Callable
) -> None:
    boxes = 'a/0.png\t[{"transcription": "x", "points": [[0, 0]]}]\n'
    (data / "Label.txt").write_text(boxes, encoding="utf-8")
    done = run_tool("check_data.py", "--fix", "--labels", data / "Label.txt", data / "train.txt")
    assert done.code == 2 and "is for detection" in done.err
    assert not (data / "Label.fixed.txt").exists() and (data / "train.fixed.txt").exists()


def test_fix_writes_a_copy(data: Path, run_tool: Callable) -> None:
    (data / "old.txt").write_bytes("0.png\tđường\r\n".encode("utf-16"))
    done = run_tool("check_data.py", "--fix", "--labels", data / "old.txt")
    assert done.code == 0, done.err
    assert (data / "old.fixed.txt").read_bytes() == "0.png\tđường\n".encode()
    assert "converted from utf-16" in done.out


def test_a_corrected_copy_never_replaces_what_is_to_be_corrected(
    data: Path, run_tool: Callable
) -> None:
    copy = data / "train.fixed.txt"
    copy.write_text("0.png\tđường  \n", encoding="utf-8")
    done = run_tool("check_data.py", "--fix", "--labels", data / "train.txt", copy)
    assert done.code == 2 and "is also one of its inputs" in done.err
    assert copy.read_text(encoding="utf-8") == "0.png\tđường  \n"
