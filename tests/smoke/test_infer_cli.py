"""``tools/infer_rec.py`` and ``tools/export_model.py`` as people and other programs run them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.smoke

CONSOLES = [
    {"PYTHONIOENCODING": "gbk"},
    {"PYTHONIOENCODING": "cp1252"},
    {"PYTHONIOENCODING": "cp1258"},
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
]


def test_without_arguments_but_the_model(run_tool, trained_run: Path, line_set: Path) -> None:
    result = run_tool("infer_rec.py", "--model", trained_run)
    assert result.code == 0, result.err
    rows = (trained_run / "predicts_rec.txt").read_text(encoding="utf-8").splitlines()
    assert [row.split("\t")[0] for row in rows] == [f"dòng {number}.png" for number in range(6)]
    assert "acc: " in result.out


def test_a_sheet_shows_lines_and_what_was_read(
    run_tool, model_folder: Path, line_set: Path, tmp_path: Path
) -> None:
    from PIL import Image

    sheet = tmp_path / "ảnh.png"
    options = ("--images", line_set, "--output", tmp_path / "out.jsonl", "--sheet", sheet)
    result = run_tool("infer_rec.py", "--model", model_folder, *options)
    assert result.code == 0, result.err
    with Image.open(sheet) as picture:
        assert picture.size == (1200, 3 * 92)  # six lines, two a row
        assert len(picture.getcolors(maxcolors=1 << 16) or []) > 2


@pytest.mark.parametrize("console", CONSOLES, ids=lambda each: "-".join(each.values()))
def test_files_are_utf8_whatever_the_console(
    run_tool, model_folder: Path, line_set: Path, vietnamese_path: Path, console: dict
) -> None:
    folder = vietnamese_path / "ảnh 📷"
    folder.mkdir()
    (folder / "số 3.png").write_bytes((line_set.parent / "dòng 3.png").read_bytes())
    (folder / "hỏng 💥.png").write_bytes(b"")
    listed = folder / "danh sách.txt"
    listed.write_text("hỏng 💥.png\nsố 3.png\n", encoding="utf-8")
    output = vietnamese_path / "kết quả 📄.txt"
    sources = [(folder, f"{folder.as_posix()}/")]
    if "LC_ALL" in console:  # names then come from a file and from the system in two ways
        sources.append((listed, ""))
    for images, prefix in sources:
        options = ("--model", model_folder, "--images", images, "--output", output)
        result = run_tool("infer_rec.py", *options, env=console)
        assert result.code == 3, result.err
        assert "Error" not in result.err
        assert "empty file" in result.out
        rows = [row.split("\t") for row in output.read_text(encoding="utf-8").splitlines()]
        assert rows[0] == [f"{prefix}hỏng 💥.png", "", "0.0000", "empty file"]
        assert rows[1][:2] == [f"{prefix}số 3.png", "(028) 3829 4567"]


def test_standard_input_and_excel(
    run_tool, repository: Path, model_folder: Path, line_set: Path, tmp_path: Path
) -> None:
    names = "".join(f"{path}\n" for path in sorted(line_set.parent.glob("*.png")))
    done = subprocess.run(
        [
            *(sys.executable, str(repository / "tools" / "infer_rec.py")),
            *("--model", str(model_folder), "--images", "-"),
            *("--output", str(tmp_path / "p.csv"), "--bom"),
        ],
        input=names.encode("utf-8"),
        env={**os.environ, "PYTHONIOENCODING": "cp1258"},
        capture_output=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    data = (tmp_path / "p.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbfimage,text,confidence,error\n")
    assert data.count(b"\n") == 7


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX")
def test_standard_output_is_an_output(
    repository: Path, model_folder: Path, line_set: Path, tmp_path: Path
) -> None:
    """Alone in it, and appended where the shell appends; also by its device's name."""
    output = tmp_path / "all.txt"
    output.write_text("before\n", encoding="utf-8")
    command = [sys.executable, str(repository / "tools" / "infer_rec.py")]
    command += ["--model", str(model_folder), "--images", str(line_set), "--output"]
    for name in ("-", "/dev/stdout"):
        with open(output, "ab") as stream:
            done = subprocess.run([*command, name], stdout=stream, stderr=subprocess.PIPE)
        assert done.returncode == 0 and b"acc: " in done.stderr
    before, *rows = output.read_text(encoding="utf-8").splitlines()
    assert before == "before" and len(rows) == 12 and rows[:6] == rows[6:]
    assert rows[0].startswith("dòng 0.png\t")
    assert Path("/dev/stdout").is_symlink() and not (repository / "-").exists()


def test_bad_input_is_one_message(run_tool, model_folder: Path, tmp_path: Path) -> None:
    for arguments in (
        ("--model", model_folder, "--images", tmp_path / "none", "--output", tmp_path / "p.txt"),
        ("--model", tmp_path, "--images", tmp_path, "--output", tmp_path / "p.txt"),
        ("--model", "", "--images", tmp_path, "--output", tmp_path / "p.txt"),
        ("--min-confidence", "90"),
        ("--sheet", "s.docx"),
    ):
        result = run_tool("infer_rec.py", *arguments)
        assert result.code == 2
        assert "error: " in result.err
        assert "Traceback" not in result.err
    assert not list(tmp_path.iterdir())


def test_pictures_without_a_line_are_named_and_drawn_on_no_sheet(
    run_tool, model_folder: Path, tmp_path: Path
) -> None:
    from PIL import Image

    (tmp_path / "in").mkdir()
    Image.new("RGB", (300, 48), "white").save(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "b.heic").write_bytes(b"")
    options = ("--images", tmp_path / "in", "--output", tmp_path / "p.csv")
    result = run_tool(
        "infer_rec.py", "--model", model_folder, *options, "--sheet", tmp_path / "s.png"
    )
    assert result.code == 3, result.err
    assert "b.heic: an unsupported format" in result.out
    assert "a.png: blank: the image has a single colour" in result.out
    assert "1 of 1 image could not be read" in result.out
    assert "s.png is not drawn" in result.err and not (tmp_path / "s.png").exists()
    row = (tmp_path / "p.csv").read_text(encoding="utf-8").splitlines()[1]
    assert row.endswith('a.png,,0.0000,"blank: the image has a single colour, or nearly"')


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_run_is_resumed(
    run_tool, repository: Path, model_folder: Path, line_set: Path, tmp_path: Path, kill: int
) -> None:
    names = [f"dòng {number % 6}.png" for number in range(400)]
    images = line_set.parent / f"many {kill}.txt"
    images.write_text("\n".join(names), encoding="utf-8")
    output, part = tmp_path / "p.txt", tmp_path / "p.txt.part"
    options = ("--model", model_folder, "--images", images, "--output", output)
    command = [sys.executable, str(repository / "tools" / "infer_rec.py"), *map(str, options)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 120
    while not (part.is_file() and part.stat().st_size > 2000) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(kill)
    process.communicate(timeout=60)
    assert process.returncode != 0
    finished = part.read_bytes().count(b"\n")
    assert 0 < finished < 400
    result = run_tool("infer_rec.py", *options, "--resume", timeout=600)
    assert result.code == 0, result.err
    rows = output.read_text(encoding="utf-8").splitlines()
    assert [row.split("\t")[0] for row in rows] == names
    assert f"read {400 - finished:,} images" in result.out


def test_two_launched_processes_write_one_file(
    repository: Path, model_folder: Path, line_set: Path, tmp_path: Path
) -> None:
    output = tmp_path / "p.txt"
    command = [
        *(sys.executable, "-m", "paddle.distributed.launch", "--nproc_per_node", "2"),
        *("--log_dir", str(tmp_path / "log"), str(repository / "tools" / "infer_rec.py")),
        *("--model", str(model_folder), "--images", str(line_set), "--output", str(output)),
    ]
    done = subprocess.run(command, capture_output=True, timeout=300, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = output.read_text(encoding="utf-8").splitlines()
    assert [row.split("\t")[0] for row in rows] == [f"dòng {number}.png" for number in range(6)]


def test_export_from_the_command_line(run_tool, trained_run: Path, vietnamese_path: Path) -> None:
    folder = vietnamese_path / "mô hình"
    result = run_tool("export_model.py", "--model", trained_run, "--output", folder)
    assert result.code == 0, result.err
    assert "onnxruntime: 6 of 6 texts the same" in result.out
    assert "paddle: 6 of 6 texts the same" in result.out
    assert sorted(path.name for path in folder.iterdir()) == [
        "SHA256SUMS",
        "inference.json",
        "inference.onnx",
        "inference.pdiparams",
        "inference.yml",
    ]


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino", "paddle"])
def test_every_engine_from_the_command_line(
    run_tool, model_folder: Path, line_set: Path, vietnamese_path: Path, engine: str
) -> None:
    folder, rows = vietnamese_path / "mô hình", vietnamese_path / "p.txt"
    shutil.copytree(model_folder, folder)
    options = ("--images", line_set, "--output", rows, "--engine", engine)
    result = run_tool("infer_rec.py", "--model", folder, *options, env={"LC_ALL": "C"})
    assert result.code == 0, result.err
    assert "dòng 3.png\t(028) 3829 4567\t" in rows.read_text(encoding="utf-8")
