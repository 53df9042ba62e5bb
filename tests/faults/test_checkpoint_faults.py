"""Injected faults: whatever happens to a save or to its files, an intact checkpoint is loaded.

Each test goes through one kind of fault and enters each case in the ledger (see conftest.py).
"""

from __future__ import annotations

import errno
import itertools
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ppocr_ext.checkpoint import Checkpoint, CheckpointStore, Mirror
from ppocr_ext.errors import UserError

sys.path.insert(0, str(Path(__file__).parent))
import saver

if TYPE_CHECKING:
    from conftest import Ledger

LAST, NEXT = 5, 6  # the run has saved up to LAST (best: 4); the fault hits the save of NEXT


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that saved five checkpoints and keeps the newest three."""
    run = tmp_path_factory.mktemp("lượt chạy") / "output"
    for step in range(1, LAST + 1):
        saver.save(CheckpointStore(run), step)
    return run


@pytest.fixture
def fresh(pristine: Path, tmp_path: Path) -> Callable[[], Path]:
    """Copies of the run, each in a folder of its own."""
    numbers = itertools.count()

    def copy() -> Path:
        return Path(shutil.copytree(pristine, tmp_path / f"run {next(numbers)}"))

    return copy


def quiet(run: Path) -> CheckpointStore:
    return CheckpointStore(run, warn=lambda text: None)


def assert_content(checkpoint: Checkpoint) -> int:
    """Every file is the one of the step that the state names."""
    step = checkpoint.state["step"]
    for suffix in saver.SUFFIXES:
        assert checkpoint.path(suffix).read_bytes() == saver.content(suffix, step)
    assert checkpoint.global_step == checkpoint.metrics["acc"] == step
    return step


def assert_nothing_lost(run: Path, saved: int = LAST, damaged_on_purpose: bool = False) -> None:
    """``saved`` or newer loads, so does the best, and the next save works and leaves no rubbish."""
    assert assert_content(quiet(run).load()) >= saved
    assert assert_content(quiet(run).load("best_accuracy")) >= 4
    saver.save(quiet(run), NEXT + 2)
    assert assert_content(quiet(run).load()) == NEXT + 2
    assert assert_content(quiet(run).load("best_accuracy")) == NEXT + 2
    assert not list(run.rglob(".tmp-*"))
    for folder in (run / "checkpoints").iterdir():
        assert damaged_on_purpose or assert_content(Checkpoint.at(folder / "model"))


# ---- the process dies


def start_saver(
    run: Path, count: int, kill_at: int = -1, mirror: Path | None = None
) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        saver.__file__,
        run,
        NEXT,
        count,
        kill_at,
        *([mirror] if mirror else []),
    ]
    return subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, encoding="utf-8")


def safe_steps(output: str) -> int:
    return max((int(line) for line in output.split("\n") if line.isdigit()), default=LAST)


def test_killed_before_each_file_operation_of_a_save(
    fresh: Callable[[], Path], ledger: Ledger
) -> None:
    whole = start_saver(fresh(), 1).communicate()[0]
    operations = int(whole.split()[-1])
    assert operations > 60
    for number in range(operations):
        run = fresh()
        process = start_saver(run, 1, kill_at=number)
        output = process.communicate()[0]
        assert process.returncode != 0 and "operations" not in output
        with ledger.fault(f"SIGKILL in a save, {output.splitlines()[-1]}"):
            assert_nothing_lost(run, safe_steps(output))


def test_killed_at_random_moments(fresh: Callable[[], Path], ledger: Ledger) -> None:
    chance = random.Random(0)
    for _ in range(25):
        run = fresh()
        mirror = run.with_name(f"{run.name} mirror")
        with ledger.fault("SIGKILL at a random moment of saving and mirroring"):
            process = start_saver(run, 10_000, mirror=mirror)
            assert process.stdout is not None and process.stdout.readline() == "ready\n"
            time.sleep(chance.uniform(0, 0.1))
            process.kill()
            safe = safe_steps(process.communicate()[0])
            assert assert_content(quiet(run).load()) >= safe
            assert_content(quiet(run).load("best_accuracy"))
            if (mirror / "checkpoints").is_dir() and quiet(mirror).newest():
                assert_content(quiet(mirror).load())


def test_two_writers_in_one_folder(fresh: Callable[[], Path], ledger: Ledger) -> None:
    for _ in range(3):
        run = fresh()
        with ledger.fault("two processes save into one folder"):
            processes = [start_saver(run, 8) for _ in range(2)]
            outputs = [process.communicate()[0] for process in processes]
            assert [process.returncode for process in processes] == [0, 0]
            assert [safe_steps(output) for output in outputs] == [NEXT + 7] * 2
            assert assert_content(quiet(run).load()) == NEXT + 7
            assert_nothing_lost(run)


# ---- the disk refuses


class Refusal:
    """Makes the file operations that write in a folder fail, from one of them on."""

    def __init__(self) -> None:
        self.folder, self.code, self.start, self.count = "", 0, 0, 0

    def watch(self, event: str, arguments: tuple) -> None:
        if self.folder and saver.is_inside(Path(self.folder), event, arguments):
            if event == "open" and not (arguments[1] and set(str(arguments[1])) & set("wax+")):
                return  # it reads
            self.count += 1
            if self.count > self.start:
                raise OSError(self.code, os.strerror(self.code), str(arguments[0]))

    @contextmanager
    def active(self, folder: Path, code: int, start: int = 0) -> Iterator[None]:
        self.code, self.start, self.count, self.folder = code, start, 0, str(folder)
        try:
            yield
        finally:
            self.folder = ""


@pytest.fixture(scope="module")
def refusal() -> Refusal:
    refusal = Refusal()
    sys.addaudithook(refusal.watch)  # is never removed, idle outside active()
    return refusal


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("ENOSPC", errno.ENOSPC),
        ("EROFS (read-only folder)", errno.EROFS),
        ("EACCES", errno.EACCES),
    ],
)
def test_refused_from_each_file_operation_on(
    fresh: Callable[[], Path], ledger: Ledger, refusal: Refusal, kind: str, code: int
) -> None:
    for start in itertools.count():
        run = fresh()
        saved = LAST
        with refusal.active(run, code, start):
            try:
                saver.save(quiet(run), NEXT)
                saved = NEXT
            except OSError as error:
                assert error.errno == code
            if refusal.count <= start:
                break  # it has fewer operations: nothing was refused
            with ledger.fault(f"{kind} from each file operation of a save on"):
                assert assert_content(quiet(run).load()) >= saved  # while it lasts
                refusal.folder = ""
                assert_nothing_lost(run, saved)
    assert start > 30


@pytest.mark.skipif(os.name == "nt", reason="POSIX limits the size of files")
def test_writes_cut_short_by_the_system(fresh: Callable[[], Path], ledger: Ledger) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    for limit in (0, 1, 99, 100, 101, 300, 400, 500):
        run = fresh()
        with ledger.fault("EFBIG (a real one) in the middle of a file"):
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
            try:
                with pytest.raises(OSError):
                    saver.save(quiet(run), NEXT)
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, before)
            assert_nothing_lost(run)


def test_the_disk_gives_other_bytes_back(
    fresh: Callable[[], Path], ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bad sector under a file that is being written is found by reading it back."""
    for suffix in saver.SUFFIXES:
        run = fresh()
        with ledger.fault("bytes read back differ from those written"):
            fsync, pattern = os.fsync, f"checkpoints/.tmp-*/model.{suffix}"

            def spoil(
                handle: int, run: Path = run, pattern: str = pattern, fsync: Callable = fsync
            ) -> None:
                fsync(handle)
                for path in run.glob(pattern):
                    path.write_bytes(flipped(path.read_bytes(), 50))

            with monkeypatch.context() as patch:
                patch.setattr(os, "fsync", spoil)
                with pytest.raises(OSError, match="read back differs"):
                    saver.save(quiet(run), NEXT)
            assert_nothing_lost(run)


# ---- files are damaged afterwards


def flipped(data: bytes, position: int, bit: int = 0) -> bytes:
    return data[:position] + bytes([data[position] ^ (1 << bit)]) + data[position + 1 :]


def damages(data: bytes) -> dict[str, list[bytes | None]]:
    """Ways to damage a file; ``None`` removes it."""
    cuts = (0, 1, len(data) // 2, len(data) - 1)
    flips = [(0, 0), (len(data) // 3, 7), (len(data) // 2, 3), (len(data) - 2, 5)]
    return {
        "a bit flipped": [flipped(data, at, bit) for at, bit in flips],
        "truncated": [data[:cut] for cut in cuts],
        "bytes added": [data + b"\0"],
        "missing": [None],
    }


def every_file(run: Path) -> list[Path]:
    return sorted(path.relative_to(run) for path in run.rglob("*") if path.is_file())


def test_each_file_damaged_in_each_way(fresh: Callable[[], Path], ledger: Ledger) -> None:
    run = fresh()
    for name in every_file(run):
        path = run / name
        intact = path.read_bytes()
        for how, versions in damages(intact).items():
            for data in versions:
                with ledger.fault(f"each file of a run: {how}"):
                    path.unlink() if data is None else path.write_bytes(data)
                    # Each checkpoint is in two places, as on a disk without hard links.
                    assert assert_content(quiet(run).load()) == LAST
                    assert assert_content(quiet(run).load("best_accuracy")) == 4
                path.write_bytes(intact)


def test_newest_damaged_everywhere_falls_back_to_the_one_before(
    fresh: Callable[[], Path], ledger: Ledger
) -> None:
    for suffix in (*saver.SUFFIXES, "json"):
        run = fresh()
        with ledger.fault("bit flipped in the newest checkpoint and in its published copy"):
            for path in (run / f"checkpoints/step_0000000{LAST}/model", run / "latest"):
                file = Path(f"{path}.{suffix}")
                file.write_bytes(flipped(file.read_bytes(), 20))
            warnings: list[str] = []
            assert assert_content(CheckpointStore(run, warn=warnings.append).load("latest")) == 4
            assert len(warnings) == 1 and f"model.{suffix}" in warnings[0]
            assert "step_00000004" in warnings[0]
            assert_nothing_lost(run, saved=4, damaged_on_purpose=True)


def test_everything_damaged_is_an_error_that_names_each_file(fresh: Callable[[], Path]) -> None:
    run = fresh()
    weights = [run / path for path in every_file(run) if path.suffix == ".pdparams"]
    for path in weights:
        path.write_bytes(b"short")
    with pytest.raises(UserError) as caught:
        quiet(run).load()
    assert all(f"{path}: 5 bytes" in caught.value.found for path in weights)


# ---- the mirror


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait for a background thread; only a hang reaches the limit."""
    limit = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < limit, "the mirror hangs"
        time.sleep(0.005)


@pytest.mark.parametrize("kind", ["full", "read-only", "vanished"])
def test_mirror_in_trouble_never_stops_the_run(
    fresh: Callable[[], Path], tmp_path: Path, ledger: Ledger, refusal: Refusal, kind: str
) -> None:
    run, directory, away = fresh(), tmp_path / "ổ đĩa thứ hai", tmp_path / "unplugged"
    said: list[str] = []
    store = quiet(run)
    mirror = Mirror(store, directory, warn=said.append, first_pause=0.01)
    wait_for(lambda: (directory / "latest.json").exists() and mirror.idle)
    for round_ in range(4):
        with ledger.fault(f"mirror {kind} for a while"):
            step, said[:] = NEXT + round_, []
            if kind == "vanished":
                directory.rename(away)
                saver.save(store, step)
                mirror.submit("latest")
                wait_for(lambda: bool(said))
                assert not directory.exists()  # an unplugged disk's mount point stays empty
                away.rename(directory)
            else:
                code = errno.ENOSPC if kind == "full" else errno.EROFS
                with refusal.active(directory, code, start=round_ * 5):
                    saver.save(store, step)
                    mirror.submit("latest")
                    wait_for(lambda: bool(said))
                    assert_content(quiet(directory).load())
            wait_for(lambda: mirror.idle)
            assert len(said) == 2 and "training continues" in said[0] and "again" in said[1]
            assert assert_content(quiet(directory).load()) == step
    assert mirror.close()
    assert_nothing_lost(directory)


def test_mirror_refuses_damaged_files(
    fresh: Callable[[], Path], tmp_path: Path, ledger: Ledger
) -> None:
    """Damage in the run's folder is not copied over the good copy."""
    for suffix in saver.SUFFIXES:
        run, directory, said = fresh(), tmp_path / f"mirror {suffix}", []
        with ledger.fault("bit flipped before the mirror copies the file"):
            assert Mirror(quiet(run), directory).close()
            saver.save(quiet(run), NEXT)
            damaged = run / f"checkpoints/step_0000000{NEXT}/model.{suffix}"
            damaged.write_bytes(flipped(damaged.read_bytes(), 7))
            assert Mirror(CheckpointStore(run, warn=said.append), directory).close()
            assert f"model.{suffix}: its content has changed" in said[0]
            for name in ("latest", "best_accuracy"):  # the best has files of its own
                assert assert_content(quiet(directory).load(name)) == NEXT


def test_two_hundred_faults_were_injected(ledger: Ledger, request: pytest.FixtureRequest) -> None:
    here = [item for item in request.session.items if item.path == request.path]
    if len(here) < 16:
        pytest.skip("only a part of the module ran")
    assert sum(ledger.tried.values()) >= 200
    assert ledger.tried == ledger.survived
