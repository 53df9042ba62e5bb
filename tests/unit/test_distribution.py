"""What pyproject.toml installs is what requirements.txt pins, and nothing newer."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from ppocr_ext import console, locks, packages, runtime
from ppocr_ext.cli import infer_rec, options, train
from ppocr_ext.config import load
from ppocr_ext.data import sizes
from ppocr_ext.errors import UserError, missing_package
from ppocr_ext.export import engines
from ppocr_ext.runtime import PUBLISHED, REPOSITORY
from ppocr_ext.workspace.environment import READ, requirements_for

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # comes with pytest there


def pinned(text: str) -> dict[str, list[Version]]:
    """Distribution → its versions, one or one for each Python."""
    found: dict[str, list[Version]] = {}
    for name, version in re.findall(r"(?m)^([\w.-]+)==([\w.]+)", text):
        found.setdefault(name, []).append(Version(version))
    return found


@pytest.fixture
def without_clone(monkeypatch: pytest.MonkeyPatch, vietnamese_path: Path) -> Path:
    """As pip installs it: with the programs of an environment on the path; in another folder."""
    scripts = vietnamese_path / "scripts"
    for name in ("ppocr-ext", "pip", "python"):
        (scripts / name).parent.mkdir(exist_ok=True)
        (scripts / name).write_text("", encoding="utf-8")
        (scripts / name).chmod(0o755)
    for module in (runtime, console, load, options):
        monkeypatch.setattr(module, "IS_CLONE", False)
    monkeypatch.setattr(sys, "executable", str(scripts / "python"))
    for module in (runtime, console):
        monkeypatch.setattr(module, "resource", lambda *parts: REPOSITORY.joinpath(*parts))
    monkeypatch.setenv("PATH", str(scripts))
    monkeypatch.chdir(vietnamese_path)
    return vietnamese_path


def test_paddle_cannot_read_what_the_package_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "IS_CLONE", False)
    with pytest.raises(UserError, match=r"inference\.onnx alone") as error:
        engines.open_engine(engines.PUBLISHED / "inference", "paddle")
    assert error.value.cure.startswith("leave out --engine")


@pytest.mark.skipif(os.name == "nt", reason="programs are found by their suffix there")
def test_commands_are_named_as_they_are_typed_without_a_clone(
    without_clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (
        console.tool_command("infer_rec.py", "--images", "a b") == "ppocr-ext infer --images 'a b'"
    )
    assert console.tool_command("workspace.py", "doctor") == "ppocr-ext doctor"
    assert console.setup_command() == "pip install 'ppocr-ext[train]'"
    assert console.typed_here("python tools/make_data.py --preset quick") == (
        "ppocr-ext make-data --preset quick"
    )
    assert console.start_of("train.py") == ["-m", "ppocr_ext", "train"]
    monkeypatch.setattr(sys, "argv", ["ppocr-ext train", "-c", "my.yml"])
    assert console.this_command() == ["ppocr-ext", "train", "-c", "my.yml"]
    assert missing_package("openvino").cure == "pip install 'ppocr-ext[fast]'"
    assert "lines of ppocr-ext make-data" in options.make_parser(train.__doc__).format_help()
    shown = options.make_parser(infer_rec.__doc__).format_help()
    samples = re.search(r"ppocr-ext infer --images (\S+) --output read.jsonl", shown)
    assert samples and (Path(samples[1]) / "labels.txt").is_file()
    monkeypatch.setenv("PATH", "")
    assert console.tool_command("eval.py") == "scripts/python -m ppocr_ext eval"
    assert console.setup_command("fast") == "scripts/python -m pip install 'ppocr-ext[fast]'"


def test_in_a_clone_the_python_of_its_environment_comes_first(
    vietnamese_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(vietnamese_path)
    monkeypatch.setattr(console, "environment_python", lambda: vietnamese_path / "absent")
    assert missing_package("paddle").cure == console.setup_command()
    own = vietnamese_path / ".venv" / "bin" / "python"
    own.parent.mkdir(parents=True)
    own.touch()
    monkeypatch.setattr(console, "environment_python", lambda: own)
    monkeypatch.setattr(sys, "argv", ["tools/train.py", "-c", "my.yml"])
    typed = [str(Path(".venv/bin/python")), "tools/train.py", "-c", "my.yml"]
    assert missing_package("paddle").cure == console.command_line(typed)
    monkeypatch.setattr(sys, "prefix", str(own.parents[1]))
    assert missing_package("paddle").cure == console.setup_command()


def test_a_config_finds_what_a_wheel_holds(without_clone: Path) -> None:
    own = without_clone / "my.yml"
    own.write_text("_base_: configs/rec_finetune.yml\n", encoding="utf-8")
    config = load.load_config(own, files=("dictionary",))
    assert Path(config.Global.character_dict_path) == REPOSITORY / "dicts" / "vi_dict.txt"
    assert config.Train.dataset.data_dir == "./my_data"
    (without_clone / "dicts").mkdir()
    (without_clone / "dicts" / "vi_dict.txt").write_text("a\n", encoding="utf-8")
    found = load.load_config(own, files=("dictionary",)).Global.character_dict_path
    assert Path(found) == Path("dicts/vi_dict.txt")  # one's own comes first


REQUIREMENTS = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8")
ALL = pinned(REQUIREMENTS)
READING = pinned(requirements_for(READ, REQUIREMENTS))
TESTS = pinned(REQUIREMENTS.partition("# Tests and quality")[2])
TRAINING = ALL.keys() - READING.keys() - TESTS.keys()


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    text = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(text)["project"])


def names(listed: list[str]) -> set[str]:
    found = [Requirement(each).name for each in listed]
    assert len(found) == len(set(found))
    return set(found)


def test_each_group_installs_its_sections_of_the_requirements(project: dict[str, Any]) -> None:
    assert READING.keys() == {
        *("numpy", "pillow", "opencv-python-headless", "onnxruntime"),
        *("PyYAML", "rapidfuzz", "rich", "filelock"),
    }
    extras = project["optional-dependencies"]
    assert names(project["dependencies"]) == READING.keys()
    assert names(extras["train"]) == TRAINING | {"opencv-python-headless"}
    assert names(extras["dev"]) == TESTS.keys() | {"ppocr-ext"}
    assert names(extras["fast"]) == {"openvino"} and names(extras["report"]) == {"matplotlib"}
    opencv = {"opencv-python-headless", "opencv-python"}  # RapidOCR brings the latter
    pages = {"rapidocr", "pypdfium2", "pillow-heif", "ocrmypdf", "pikepdf"}
    assert names(extras["pages"]) == pages | opencv
    assert names(extras["label"]) == {"starlette", "uvicorn"}


def test_ranges_end_at_what_is_pinned_and_tested(
    project: dict[str, Any],
) -> None:
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    for requirement in (Requirement(each) for group in groups for each in group):
        if requirement.name == "ppocr-ext":
            continue
        versions, allowed = ALL[requirement.name], requirement.specifier
        assert all(version in allowed for version in versions), requirement
        bounds = {each.operator: each.version for each in allowed}
        if "==" in bounds:  # OpenCV, of which three must be of one version
            assert requirement.name.startswith("opencv-")
        else:
            assert Version(bounds["<="]) == max(versions), requirement
            assert Version(bounds[">="]).release[:2] == min(versions).release[:2], requirement


def test_ppocr_ext_lists_its_commands_with_the_standard_library_alone() -> None:
    def ppocr_ext(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-S", "-m", "ppocr_ext", *words]
        return subprocess.run(command, cwd=REPOSITORY, capture_output=True, encoding="utf-8")

    listed = ppocr_ext("--help")
    assert listed.returncode == 0, listed.stderr
    lines = listed.stdout.splitlines()[2:-2]
    assert [line.split()[0] for line in lines] == [*console.COMMANDS]
    assert all(20 < len(line) <= 104 for line in lines)
    assert ppocr_ext().returncode == 2
    refused = ppocr_ext("infr")
    assert refused.returncode == 2 and "infr is not a command" in refused.stderr
    assert ppocr_ext("infer", "--help").stdout.startswith("usage: infer_rec.py ")


def test_reading_does_without_the_packages_that_only_training_brings(
    vietnamese_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = PUBLISHED / "samples" / "8.jpg"
    known = sizes.image_size(picture)
    monkeypatch.setattr(sizes, "imagesize", None)
    assert known == sizes.image_size(picture) == sizes.image_size(picture.read_bytes())
    monkeypatch.setitem(sys.modules, "psutil", None)  # whose import then fails
    lock = locks.Lock(vietnamese_path / ".lock")
    assert lock.acquire() and not locks.Lock(lock.path).acquire()
    lock.release()
    monkeypatch.setattr(packages, "find_spec", lambda name: None)
    packages.can_draw.cache_clear()
    assert not packages.can_draw() and not packages.can_draw()
    packages.can_draw.cache_clear()
    assert capsys.readouterr().err.count("no plots without matplotlib") == 1


@pytest.mark.skipif(sys.version_info < (3, 11), reason="other releases, which need more")
def test_the_number_of_packages_that_reading_needs_is_true() -> None:
    """Of this Python: what ``setup --read`` installs, with all that it needs."""
    wanted = requirements_for(READ, (REPOSITORY / "requirements.txt").read_text(encoding="utf-8"))
    found: set[str] = set()
    open_ones = [Requirement(line) for line in wanted.splitlines() if line.strip()]
    while open_ones:
        one = open_ones.pop()
        if one.name.lower() in found or (one.marker and not one.marker.evaluate({"extra": ""})):
            continue
        found.add(one.name.lower())
        open_ones += map(Requirement, metadata.requires(one.name) or ())
    for name in ("README.md", "tools/README.md", "tools/workspace.py", "CHANGELOG.md"):
        text = (REPOSITORY / name).read_text(encoding="utf-8")
        numbers = re.findall(r"(?:reads|reading|reports)\b[^\n]*?(\d+) (?:other )?packages", text)
        assert numbers == [str(len(found))], (name, sorted(found))
