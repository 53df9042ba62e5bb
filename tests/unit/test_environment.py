"""The installed packages fit together."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import distributions, version

from packaging.markers import Marker
from packaging.version import Version

from ppocr_ext.runtime import REPOSITORY, has_gpu_paddle

IMPORTS = """
import cv2, paddleocr
from ppocr_ext.upstream import ppocr_module
ppocr = ppocr_module("modeling")
import paddle
print(cv2.__version__, paddleocr.__version__, ppocr.__name__, paddle.__version__)
"""


def pins() -> dict[str, str]:
    """Distribution → version, as requirements.txt pins them for this Python."""
    lines = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8").splitlines()
    parsed = [re.match(r"([\w.-]+)==([^\s;#]+)\s*(?:;\s*([^#]+))?", line) for line in lines]
    pinned = {m[1]: m[2] for m in parsed if m and (m[3] is None or Marker(m[3]).evaluate())}
    if has_gpu_paddle():
        pinned["paddlepaddle-gpu"] = pinned.pop("paddlepaddle")
    return pinned


def test_every_requirement_is_pinned_exactly_and_once_per_python() -> None:
    lines = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8").splitlines()
    listed = [line for line in lines if line and not line.startswith("#")]
    assert all(
        re.match(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+(; python_version|  #|$)", x) for x in listed
    )
    for python in ("3.10", "3.11", "3.12", "3.13"):
        names = []
        for line in listed:
            requirement, _, marker = line.split("  #")[0].partition(";")
            if not marker or Marker(marker.strip()).evaluate({"python_version": python}):
                names.append(requirement.split("==")[0].lower())
        assert len(names) == len(set(names))


def test_what_is_installed_is_what_is_pinned() -> None:
    held = {name: version(name) for name in pins()}
    assert {name: Version(found) for name, found in held.items()} == {
        name: Version(pinned) for name, pinned in pins().items()
    }


def test_the_opencv_distributions_are_of_one_version() -> None:
    names = ((each.metadata["Name"] or "", each.version) for each in distributions())
    found = {name: held for name, held in names if name.startswith("opencv-")}
    assert len(found) == 3
    assert len(set(found.values())) == 1


def test_cv2_paddleocr_and_ppocr_import_together() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS],
        cwd=REPOSITORY,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = done.stdout.split()[-4:]
    pinned = pins()
    assert told[0] == pinned["opencv-python"].rsplit(".", 1)[0]
    assert told[1:3] == [pinned["paddleocr"], "ppocr.modeling"]
