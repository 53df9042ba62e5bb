from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from ppocr_ext.workspace import doctor
from ppocr_ext.workspace.doctor import OK, PROBLEM, WARNING, Finding
from ppocr_ext.workspace.environment import Environment


@pytest.fixture
def nowhere(tmp_path: Path) -> Environment:
    """A project without an environment."""
    (tmp_path / "requirements.txt").write_text("rich==15.0.0\n", encoding="utf-8")
    return Environment(tmp_path)


@pytest.fixture
def versions(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The distributions that doctor sees as installed; empty at first."""
    held: dict[str, str] = {}
    monkeypatch.setattr(doctor, "installed", lambda name: held.get(name, ""))
    monkeypatch.setattr(doctor, "has_gpu_paddle", lambda: "paddlepaddle-gpu" in held)
    return held


def levels(findings: Iterator[Finding]) -> dict[str, str]:
    """name → level; whatever is not OK must come with its cure."""
    listed = list(findings)
    assert all(bool(finding.cure) == (finding.level != OK) for finding in listed)
    return {finding.name: finding.level for finding in listed}


def test_doctor_works_on_this_environment(run_tool: Callable[..., SimpleNamespace]) -> None:
    result = run_tool("workspace.py", "doctor", env={"PYTHONIOENCODING": "cp1252"})
    assert result.err == ""
    assert result.code == (0 if "0 problems" in result.out else 1)
    for name in (*doctor.PROBES, "python", "environment", "GPU", "processor", "disk", "console"):
        assert f" {name} " in result.out
    assert "cp1252: Vietnamese letters show as ?" in result.out


def test_a_package_that_does_not_import_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, nowhere: Environment
) -> None:
    kill = (
        "import os; os.kill(os.getpid(), 9)"
        if sys.platform != "win32"
        else "import os; os._exit(3)"
    )
    probes = {"paddle": kill, "cv2": "import no_such_module", "json": "print('warn'); print(2)"}
    monkeypatch.setattr(doctor, "PROBES", probes)
    monkeypatch.setattr(Environment, "is_current", lambda self: True)
    findings = {finding.name: finding for finding in doctor.check_imports(nowhere)}
    assert findings["json"] == Finding("json", "2")
    assert findings["cv2"].value == "ModuleNotFoundError: No module named 'no_such_module'"
    assert findings["paddle"].value.startswith("ended with code")
    assert findings["cv2"].level == findings["paddle"].level == PROBLEM
    assert "setup --clear" in findings["cv2"].cure


def test_without_an_environment_the_cure_is_setup(
    nowhere: Environment, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda name: None)  # nothing installed
    assert doctor.examine(nowhere) == 1
    told = capsys.readouterr().out
    assert "problem  environment    missing\n" in told
    assert "cure: python tools/workspace.py setup\n" in told


def test_two_versions_of_opencv_are_a_problem(
    nowhere: Environment, versions: dict[str, str]
) -> None:
    versions |= {"opencv-python": "4.10.0.84", "opencv-contrib-python": "4.10.0.84"}
    assert levels(doctor.check_opencv(nowhere)) == {"one OpenCV": OK}
    versions["opencv-python-headless"] = "4.11.0.86"
    assert levels(doctor.check_opencv(nowhere)) == {"one OpenCV": PROBLEM}


@pytest.mark.parametrize(
    ("installed", "gpus", "usable", "expected"),
    [
        (["paddlepaddle"], [], 0, {"GPU": OK}),
        (["paddlepaddle"], ["RTX 4090, 24 GiB"], 0, {"GPU": WARNING}),
        (["paddlepaddle-gpu"], ["RTX 4090, 24 GiB"], 1, {"GPU": OK}),
        (["paddlepaddle-gpu"], ["RTX 4090, 24 GiB"], 0, {"GPU": PROBLEM}),
        (["paddlepaddle-gpu"], [], 0, {"GPU": PROBLEM}),
        (["paddlepaddle", "paddlepaddle-gpu"], [], 1, {"paddle build": PROBLEM, "GPU": OK}),
    ],
)
def test_device(
    nowhere: Environment,
    versions: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    installed: list[str],
    gpus: list[str],
    usable: int,
    expected: dict[str, str],
) -> None:
    versions |= dict.fromkeys(installed, "3.3.1")
    monkeypatch.setattr(doctor, "nvidia", lambda: (gpus, "550.1", "12.4"))
    monkeypatch.setattr(doctor, "usable_gpus", lambda: usable)
    assert levels(doctor.check_device(nowhere)) == expected


def test_gpus_are_reported_with_driver_and_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    import pynvml

    answers = {
        "nvmlInit": None,
        "nvmlDeviceGetCount": 1,
        "nvmlDeviceGetHandleByIndex": "handle",
        "nvmlDeviceGetName": "RTX 4090",
        "nvmlDeviceGetMemoryInfo": SimpleNamespace(total=24 * 1024**3),
        "nvmlSystemGetDriverVersion": "550.54",
        "nvmlSystemGetCudaDriverVersion": 12040,
    }
    for function, answer in answers.items():
        monkeypatch.setattr(pynvml, function, lambda *_, answer=answer: answer)
    assert doctor.nvidia() == (["RTX 4090, 24 GiB"], "550.54", "12.4")


@pytest.mark.parametrize(
    ("vendor", "avx512", "variable", "expected"),
    [
        ("AuthenticAMD", False, "5", {"processor": OK, "MKL on AMD": OK}),
        ("AuthenticAMD", False, "4", {"processor": OK, "MKL": WARNING}),
        ("AuthenticAMD", True, "7", {"processor": OK, "MKL on AMD": OK}),
        ("AuthenticAMD", True, "5", {"processor": OK, "MKL": WARNING}),
        ("GenuineIntel", True, "7", {"processor": OK, "MKL": WARNING}),
        ("GenuineIntel", True, None, {"processor": OK}),
    ],
)
def test_processor(
    nowhere: Environment,
    monkeypatch: pytest.MonkeyPatch,
    vendor: str,
    avx512: bool,
    variable: str | None,
    expected: dict[str, str],
) -> None:
    monkeypatch.setattr("ppocr_ext.runtime.cpu_vendor", lambda: vendor)
    monkeypatch.setattr("ppocr_ext.runtime.has_avx512", lambda: avx512)
    monkeypatch.setattr(doctor, "cpu_vendor", lambda: vendor)
    monkeypatch.delenv("MKL_DEBUG_CPU_TYPE", raising=False)
    if variable:
        monkeypatch.setenv("MKL_DEBUG_CPU_TYPE", variable)
    assert levels(doctor.check_cpu(nowhere)) == expected


def test_a_full_disk_and_little_memory(
    nowhere: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psutil

    little = SimpleNamespace(free=1024**3, available=1024**3, total=2 * 1024**3)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: little)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: little)
    assert levels(doctor.check_disk(nowhere)) == {"disk": PROBLEM}
    assert levels(doctor.check_memory(nowhere)) == {"memory": WARNING}


def test_an_output_folder_that_cannot_be_written(
    nowhere: Environment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(doctor, "REPOSITORY", tmp_path)
    assert levels(doctor.check_output(nowhere)) == {"output folder": OK}
    assert list((tmp_path / "output").iterdir()) == []
    (tmp_path / "output").rmdir()
    (tmp_path / "output").touch()
    assert levels(doctor.check_output(nowhere)) == {"output folder": PROBLEM}


@pytest.mark.parametrize(("encoding", "level"), [("utf-8", OK), ("cp1252", WARNING)])
def test_console(
    nowhere: Environment, monkeypatch: pytest.MonkeyPatch, encoding: str, level: str
) -> None:
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    assert levels(doctor.check_console(nowhere)) == {"console": level}
