"""A process that saves checkpoints until it is killed: the victim of the checkpoint fault tests.

``saver.py DIRECTORY FIRST_STEP COUNT KILL_AT [MIRROR]`` saves ``COUNT`` checkpoints and prints
each step that is safe. With ``KILL_AT`` ≥ 0 it kills itself just before the file operation of that
number, so that a test can go through all of them, and says what the save was doing; else it prints
at the end how many operations there were.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from ppocr_ext.checkpoint import Checkpoint, CheckpointStore, Mirror

SUFFIXES = ("pdparams", "pdopt", "states")
# Python announces these before they happen; what a file operation does shows after the last one.
FILE_OPERATIONS = {"open", "os.mkdir", "os.rename", "os.link", "os.remove", "os.rmdir"}


def content(suffix: str, step: int) -> bytes:
    """What a file of the checkpoint of ``step`` must hold."""
    return f"{suffix} of step {step} ".encode() * 20


def write(suffix: str, step: int) -> Callable[[Path], None]:
    """A writer that goes to the disk in two parts."""

    def writer(path: Path) -> None:
        whole = content(suffix, step)
        with open(path, "wb", buffering=0) as stream:
            stream.write(whole[:100])
            sys.audit("open", str(path), "half written", 0)
            stream.write(whole[100:])

    return writer


def save(store: CheckpointStore, step: int) -> Checkpoint:
    """Save the checkpoint of ``step``; every second one is also the best."""
    names = ["latest", "best_accuracy"] if step % 2 == 0 else ["latest"]
    writers = {suffix: write(suffix, step) for suffix in SUFFIXES}
    return store.save(names, writers, {"step": step}, {"acc": step}, global_step=step, epoch=1)


def is_inside(directory: Path, event: str, arguments: tuple) -> bool:
    """Whether an audit event announces a file operation in ``directory``."""
    if event not in FILE_OPERATIONS:
        return False
    by_handle = event in ("os.remove", "os.rmdir") and arguments[1] != -1  # rmtree inside it
    return by_handle or str(directory) in str(arguments[0])


def phase_of(event: str, arguments: tuple, before: str) -> str:
    """What a save is doing at a file operation; ``before`` unless this one begins a phase."""
    source, target = str(arguments[0]), str(arguments[1])
    if event == "os.mkdir":
        return "while its files are written and read back"
    if event == "open" and source.endswith("model.json") and target == "w":
        return "while its manifest is written"
    if event == "os.rename" and "step_" in source + target:
        return "while it is renamed" if "step_" in target else "while an old one is removed"
    return "while it is published" if event == "os.link" else before


def kill_at(directory: Path, number: int) -> list[int]:
    """Count the file operations in ``directory``; end this process before the given one."""
    counted, phase = [0], ["before it writes"]

    def watch(event: str, arguments: tuple) -> None:
        if is_inside(directory, event, arguments):
            phase[0] = phase_of(event, arguments, phase[0])
            if counted[0] == number:
                print(phase[0], flush=True)
                os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
            counted[0] += 1

    sys.addaudithook(watch)
    return counted


def main() -> None:
    directory, first, count, number = Path(sys.argv[1]), *map(int, sys.argv[2:5])
    store = CheckpointStore(directory, warn=lambda text: None)
    mirror = Mirror(store, Path(sys.argv[5]), first_pause=0.01) if len(sys.argv) > 5 else None
    print("ready", flush=True)
    counted = kill_at(directory, number)
    for step in range(first, first + count):
        save(store, step)
        if mirror:
            mirror.submit("latest", "best_accuracy")
        print(step, flush=True)
    print("operations", counted[0], flush=True)


if __name__ == "__main__":
    main()
