"""Our recogniser beside others, on the same image files, in one run; its start and its memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any, NamedTuple

from bench.row import Row
from bench.run_reader import ASTEROCR, READERS, TESSERACT, Engine, run_reader
from ppocr_ext.infer.model import model_folder
from ppocr_ext.infer.sources import open_source
from ppocr_ext.runs.run import ONNX_FILE
from ppocr_ext.runtime import REPOSITORY

LATENCY_GOAL = 20.0  # milliseconds for one line alone
START_GOAL = 1.5  # times as long as a bare script, from start to the first reading
GROWTH_GOAL = 30.0  # MB


class Rival(NamedTuple):
    """goal: how many times faster we want to be."""

    engine: Engine
    goal: float


RIVALS = (
    Rival(Engine("stock infer_rec.py, PP-OCRv4 mobile", "stock.py"), 15),
    Rival(Engine("PaddleOCR 3 TextRecognition, our model", "paddleocr3.py"), 1.3),
    Rival(Engine("RapidOCR 3, our ONNX file", "rapidocr3.py", choice="onnxruntime"), 1.5),
    Rival(Engine("RapidOCR 3, told to use OpenVINO", "rapidocr3.py", choice="openvino"), 1.5),
    Rival(ASTEROCR, 2.5),
    Rival(TESSERACT, 6),
)


def measure(model: str, images: str, lines: int, memory_lines: int) -> list[Row]:
    """All rows for the first ``lines`` images; ``memory_lines`` images for the memory's row."""
    folder = model_folder(model).resolve()
    paths = [str(item.path.resolve()) for item in islice(open_source(images).items(), lines)]
    with tempfile.TemporaryDirectory() as name:
        listed = Path(name) / "images.txt"
        listed.write_text("\n".join(paths), encoding="utf-8", newline="\n")
        rows = []
        for row in _rows(folder, paths, listed, memory_lines):
            print(f"{row.what}: {row.measured}", file=sys.stderr, flush=True)
            rows.append(row)
    return rows


def _rows(folder: Path, paths: list[str], listed: Path, memory_lines: int) -> Iterator[Row]:
    """One after the other; each takes a minute or so."""
    yield _latency(folder, paths)
    yield _start(folder, paths[0], listed.parent)
    for rival in RIVALS:
        yield _against(rival, listed, folder)
    if memory_lines:
        yield _memory(folder, paths, memory_lines, listed.parent)


def _rate(result: dict[str, Any]) -> str:
    cost = f"{result['processor_ms_per_line']:.1f} ms of processor a line"
    return f"{_speed(result):.1f} lines/s, {cost} ({result['settings']})"


def _speed(result: dict[str, Any]) -> float:
    return result["lines_per_second"]


def _against(rival: Rival, listed: Path, folder: Path) -> Row:
    """Ours is timed before and after the rival: what disturbs one disturbs the other."""
    engine, goal = rival.engine, f">= {rival.goal:g}x"
    if not engine.is_installed:
        return Row(engine.name, f"{engine.program} is not installed", goal, False)
    before = run_reader("ours.py", listed, folder)
    theirs = engine.read(listed, folder)
    ours = max(before, run_reader("ours.py", listed, folder), key=_speed)
    times = _speed(ours) / _speed(theirs)
    measured = f"{times:.2f}x: {_rate(theirs)}; ours {_rate(ours)}"
    return Row(engine.name, measured, goal, times >= rival.goal)


def _latency(folder: Path, paths: list[str]) -> Row:
    """Median milliseconds of one line alone, from file to text."""
    from ppocr_ext.infer import Recognizer

    recognizer, times = Recognizer(folder), []
    for path in paths[:60]:
        started = time.perf_counter()
        recognizer.read([path])
        times.append((time.perf_counter() - started) * 1000)
    middle = sorted(times)[len(times) // 2]
    goal = f"<= {LATENCY_GOAL:g} ms"
    return Row("one line alone", f"{middle:.1f} ms", goal, middle <= LATENCY_GOAL)


def _start(folder: Path, image: str, scratch: Path) -> Row:
    """The whole command line for one image, files in the system's cache, compiled modules, too."""
    tool = [str(REPOSITORY / "tools" / "infer_rec.py"), "--model", str(folder)]
    tool += ["--images", image, "--output", str(scratch / "one.txt")]
    bare = [str(READERS / "bare.py"), str(folder / ONNX_FILE), image]
    both = [(_seconds(tool), _seconds(bare)) for _ in range(6)][1:]
    ours, theirs = map(min, zip(*both, strict=True))
    times = ours / theirs
    measured = f"{times:.2f}x: {ours:.2f} s, a bare script {theirs:.2f} s"
    return Row("start to first reading", measured, f"<= {START_GOAL:g}x", times <= START_GOAL)


def _seconds(command: list[str]) -> float:
    started = time.perf_counter()
    compiled = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    subprocess.run([sys.executable, *command], capture_output=True, check=True, env=compiled)
    return time.perf_counter() - started


def _memory(folder: Path, paths: list[str], count: int, scratch: Path) -> Row:
    """Growth of resident memory of the command line between a twentieth and the end."""
    import psutil

    listed = scratch / "many.txt"
    listed.write_text("\n".join(islice(cycle(paths), count)), encoding="utf-8", newline="\n")
    output = scratch / "many_out.txt"
    command = [sys.executable, str(REPOSITORY / "tools" / "infer_rec.py"), "--model", str(folder)]
    command += ["--images", str(listed), "--output", str(output)]
    part, early, late = output.with_name(output.name + ".part"), 0.0, 0.0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        process, size = psutil.Process(child.pid), sum(map(len, paths)) / len(paths) + 20
        while child.poll() is None:
            try:
                late = max(late, process.memory_info().rss / 1e6) if early else late
                if not early and part.stat().st_size > count * size / 20:
                    early = process.memory_info().rss / 1e6
            except (OSError, psutil.Error):
                pass
            time.sleep(0.2)
    what = f"memory, {count // 20:,} to {count:,} images"
    measured = f"{early:.0f} MB to {late:.0f} MB"
    return Row(what, measured, f"grows <= {GROWTH_GOAL:g} MB", late - early <= GROWTH_GOAL)
