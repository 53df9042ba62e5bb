"""Several processes of one run: environment, exit codes, the end of the parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ppocr_ext.engine.launch import cpu_process_count, launch
from ppocr_ext.errors import UserError
from ppocr_ext.runtime import REPOSITORY


def script(tmp_path: Path, body: str) -> str:
    path = tmp_path / "rank.py"
    path.write_text("import os, sys, time\n" + body, encoding="utf-8")
    return str(path)


def test_auto_is_one_process_per_core_up_to_eight() -> None:
    assert 1 <= cpu_process_count("auto") <= 8
    assert cpu_process_count(3) == 3
    with pytest.raises(UserError, match="cpu_processes: 5000, but this machine has"):
        cpu_process_count(5000)


def test_every_rank_runs_with_its_own_place(tmp_path: Path) -> None:
    body = (
        "rank = os.environ['PADDLE_TRAINER_ID']\n"
        "open(os.path.join(sys.argv[1], rank), 'w', encoding='utf-8').write(\n"
        "    os.environ['PADDLE_CURRENT_ENDPOINT'] + ' ' + os.environ['OMP_NUM_THREADS'])\n"
    )
    assert launch([script(tmp_path, body), str(tmp_path)], 2) == 0
    first, second = ((tmp_path / name).read_text(encoding="utf-8") for name in "01")
    assert first != second and first.endswith(" 1")


def test_one_rank_that_fails_ends_the_others_with_its_code(tmp_path: Path) -> None:
    body = "sys.exit(7) if os.environ['PADDLE_TRAINER_ID'] == '1' else time.sleep(60)\n"
    assert launch([script(tmp_path, body)], 2) == 7


def test_processes_of_a_rank_do_not_inherit_the_pipe_that_it_reads(tmp_path: Path) -> None:
    """On Windows they hang at their start (https://github.com/python/cpython/issues/78961)."""
    body = (
        f"sys.path.insert(0, {str(REPOSITORY)!r}); import subprocess\n"
        "from ppocr_ext.engine.launch import end_with_parent\n"
        "end_with_parent()\n"
        "code = 'import sys; sys.exit(len(sys.stdin.read()))'\n"
        "sys.exit(subprocess.run([sys.executable, '-c', code], timeout=60).returncode)\n"
    )
    assert launch([script(tmp_path, body)], 2) == 0


@pytest.mark.skipif(os.name == "nt", reason="kills with a POSIX signal")
def test_ranks_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    body = (
        f"sys.path.insert(0, {str(REPOSITORY)!r})\n"
        "from ppocr_ext.engine.launch import end_with_parent, launch\n"
        "if 'PADDLE_TRAINER_ID' not in os.environ:\n"
        "    sys.exit(launch([__file__, *sys.argv[1:]], 1))\n"
        "end_with_parent()\n"
        "open(sys.argv[1], 'w', encoding='utf-8').write(str(os.getpid()))\n"
        "time.sleep(60)\n"
    )
    note = tmp_path / "pid"
    parent = subprocess.Popen([sys.executable, script(tmp_path, body), str(note)])
    wait_for(note.is_file)
    wait_for(lambda: note.read_text(encoding="utf-8"))
    rank = int(note.read_text(encoding="utf-8"))
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    wait_for(lambda: not is_running(rank))


def is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stream:
            return stream.read().split()[2] != "Z"
    except OSError:
        return False


def wait_for(condition, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)
