"""What pyproject.toml installs is what requirements.txt pins, up to the next major version."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from ppocr_ext.runtime import REPOSITORY
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


def test_ranges_end_before_the_next_major_version_of_what_is_pinned(
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
            assert bounds["<"] == str(max(versions).major + 1), requirement
            assert Version(bounds[">="]).release[:2] == min(versions).release[:2], requirement
