from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from ppocr_ext.runtime import REPOSITORY
from ppocr_ext.workspace.child import run_child

POSIX = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")

CHILD = """
import os, signal, sys, time
def save(*_):
    time.sleep(0.6)  # longer than subprocess itself would wait
    os.write(1, b"saved\\n")  # print() may still be busy with "training"
    sys.exit(0)
signal.signal(signal.SIGINT, save)
print("training", flush=True)
time.sleep(60)
"""
PARENT = f"""
import sys
from ppocr_ext.workspace.child import run_child
try:
    run_child([sys.executable, "-c", {CHILD!r}])
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def test_the_exit_code_is_the_childs() -> None:
    assert run_child([sys.executable, "-c", "raise SystemExit(7)"]) == 7
    assert run_child([sys.executable, "-c", ""]) == 0


def test_children_run_from_the_repository() -> None:
    code = f"import os, sys; sys.exit(os.getcwd() != {str(REPOSITORY)!r})"
    assert run_child([sys.executable, "-c", code]) == 0


@POSIX
def test_a_killed_child_is_reported_as_a_shell_tells_it() -> None:
    assert run_child([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]) == 137


@POSIX
def test_after_ctrl_c_the_child_may_finish_what_it_must() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "training\n"
    os.killpg(parent.pid, signal.SIGINT)
    assert parent.stdout.read() == "saved\ninterrupted\n"
    assert parent.wait() == 0
    parent.stdout.close()
