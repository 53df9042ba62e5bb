"""The wheel, installed into an empty environment: it reads, scores and reports in any folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ppocr_ext.runtime import PUBLISHED, REPOSITORY

pytestmark = pytest.mark.smoke

MIB = 1 << 20
INDEX = "the package index cannot be reached"
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
LINES = {"0.jpg": "hoặc phần dự trữ dư", "8.jpg": "Điện thoại:"}
IN_PYTHON = """
from ppocr_ext.infer import Recognizer
reader = Recognizer()
print(reader.read("8.jpg").text, reader.language is not None)
"""


def run(*words: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program as a user of the environment does, who has no clone."""
    outside = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PYENV_VERSION"}
    environment = {name: value for name, value in os.environ.items() if name not in outside}
    return subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={**environment, "PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=500,
    )


def pip_of(programs: Path) -> tuple[object, ...]:
    """This environment's pip at work in another one, which needs none of its own."""
    return sys.executable, "-m", "pip", "--python", programs / "python"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet")
    done = run(*pip, "--wheel-dir", folder, REPOSITORY)
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Installs the wheel into an empty environment of a Python; returns the folder of programs."""

    def install(python: str) -> Path:
        programs = tmp_path_factory.mktemp("rỗng") / "env" / SCRIPTS
        made = run(python, "-m", "venv", "--without-pip", programs.parent)
        assert made.returncode == 0, made.stdout + made.stderr
        install = (*pip_of(programs), "install", "--quiet", "--no-compile")
        done = run(*install, wheel)
        if done.returncode and run(*install, "--dry-run", "filelock").returncode:
            pytest.skip(INDEX)
        assert done.returncode == 0, done.stderr
        return programs

    return install


@pytest.fixture
def elsewhere(vietnamese_path: Path) -> Path:
    """A folder with two line images and nothing else."""
    for name in LINES:
        shutil.copy(PUBLISHED / "samples" / name, vietnamese_path)
    return vietnamese_path


def read_there(programs: Path, folder: Path) -> None:
    done = run(programs / "ppocr-ext", "infer", "--images", ".", cwd=folder)
    assert done.returncode == 0, done.stderr
    text = (folder / "predicts_rec.txt").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines()]
    assert {row[0]: row[1] for row in rows} == LINES


def test_a_wheel_reads_scores_and_reports_without_a_clone(
    wheel: Path, installed: Callable[[str], Path], elsewhere: Path
) -> None:
    assert wheel.stat().st_size < 15 * MIB
    programs = installed(sys.executable)
    read_there(programs, elsewhere)
    assert run(programs / "python", "-c", IN_PYTHON, cwd=elsewhere).stdout == "Điện thoại: True\n"

    def ppocr_ext(*words: object) -> subprocess.CompletedProcess[str]:
        return run(programs / "ppocr-ext", *words, cwd=elsewhere)

    labels = "".join(f"{name}\t{text}\n" for name, text in LINES.items())
    (elsewhere / "labels.txt").write_text(labels, encoding="utf-8")
    scored = ppocr_ext("eval", "--pred", "predicts_rec.txt", "--gt", "labels.txt")
    assert scored.returncode == 0 and "acc: 1.0000" in scored.stdout, scored.stderr
    reported = ppocr_ext("report", PUBLISHED / "train.log", "--output", "card")
    assert reported.returncode == 0, reported.stderr
    for done in (scored, reported):
        assert done.stderr.count("no plots without matplotlib") == 1
    written = {path.suffix for path in (elsewhere / "card").iterdir()}
    assert written == {".md", ".csv", ".html", ".json"}
    assert "report_card.png" not in (elsewhere / "card" / "report_card.md").read_text("utf-8")

    bare = ppocr_ext("infer")  # the samples that come with it
    assert bare.returncode == 0 and "acc: 1, norm_edit_dis: 1, cer: 0" in bare.stdout, bare.stderr
    commands = ppocr_ext("--help").stdout.splitlines()[2:-2]
    assert [line.split()[0] for line in commands] == [
        *("infer", "pages", "eval", "report", "train", "make-data", "import", "label", "improve"),
        *("check-data", "export", "language-model", "publish", "base-weights", "sweep", "doctor"),
    ]
    assert ppocr_ext("doctor").returncode == 0
    needs = {"train": "train", "make-data": "train", "infer --engine openvino": "fast"}
    needs |= {"pages letter.pdf": "pages", "label .": "label"}
    for command, extra in needs.items():
        refused = ppocr_ext(*command.split())
        assert refused.returncode == 2 and "Traceback" not in refused.stderr
        assert f"pip install ppocr-ext[{extra}]" in refused.stderr.replace("'", "")

    listed = json.loads(run(*pip_of(programs), "list", "--format", "json").stdout)
    names = {each["name"].lower() for each in listed}
    assert not names & {"paddlepaddle", "pydantic", "openvino", "matplotlib"}
    if sys.version_info >= (3, 11):  # onnxruntime's last for Python 3.10 brings four more
        assert len(names) == 15, sorted(names)


def python_of(version: str) -> Path | None:
    """A Python of that version on the path, or one that pyenv keeps."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    found = [*pyenv.glob(f"{version}.*/bin/python"), shutil.which(f"python{version}")]
    works = (each for each in found if each and not run(each, "-c", "import venv").returncode)
    return next(map(Path, works), None)


@pytest.mark.parametrize("version", ["3.10", "3.13"])
def test_the_wheel_reads_with_other_pythons(
    version: str, installed: Callable[[str], Path], elsewhere: Path
) -> None:
    python = python_of(version)
    if python is None:
        pytest.skip(f"there is no Python {version} here")
    if sys.version_info[:2] == tuple(map(int, version.split("."))):
        pytest.skip("the test above reads with this Python")
    read_there(installed(python), elsewhere)
