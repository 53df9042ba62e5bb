"""Cures of the workspace: packages, pip, the doctor, what comes next."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

from cures.bench import Bench
from cures.table import Cure

from ppocr_ext.runtime import REPOSITORY
from ppocr_ext.workspace.suite import how_to_get_it

# ---- the workspace


def absent(module: str, *names: str) -> Any:
    """Packages that are missing until the cure is typed: names say which function asks for them."""

    def provoke(bench: Bench) -> str:
        from importlib import import_module

        with bench.patch.context() as patch:
            patch.setattr(importlib.util, "find_spec", lambda *given: None)
            patch.setattr("ppocr_ext.packages.find_spec", lambda *given: None)
            patch.delitem(sys.modules, "ppocr", raising=False)
            patch.delenv("PADDLEOCR_HOME", raising=False)
            function = getattr(import_module(module), names[0])
            return bench.caught(lambda: function(*names[1:]))

    return provoke


def failed_pip(bench: Bench) -> str:
    from ppocr_ext.workspace.pip import _pip_failed

    return str(_pip_failed(1, ["a package did not build"]))


def doctor(bench: Bench) -> str:
    from ppocr_ext.workspace import doctor
    from ppocr_ext.workspace.environment import Environment

    bench.capsys.readouterr()
    with bench.patch.context() as patch:
        patch.setattr(doctor, "installed", {"opencv-python": "1", "opencv-contrib-python": "2"}.get)
        patch.setattr(importlib.util, "find_spec", lambda name: None)  # no rich: plain lines
        found = [*doctor.check_environment(Environment(bench.folder))]
        doctor.show([*found, *doctor.check_opencv(Environment(bench.folder))])
    return str(bench.capsys.readouterr().out)


def next_steps(bench: Bench) -> str:
    from ppocr_ext.workspace import quickstart

    bench.patch.chdir(REPOSITORY)
    for name, value in {
        "_first_and_best": (dict.fromkeys((*quickstart.SCORES, "n"), 1.0),) * 2,
        "_lines_read": [],
    }.items():
        bench.patch.setattr(quickstart, name, lambda *given, value=value: value)
    return quickstart.summary(bench.folder, 1.0)


def no_charts(bench: Bench) -> str:
    from ppocr_ext import packages

    with bench.patch.context() as patch:
        patch.setattr(packages, "find_spec", lambda name: None)
        packages.can_draw.cache_clear()
        packages.can_draw()
    packages.can_draw.cache_clear()
    return str(bench.capsys.readouterr().err)


def no_driver(bench: Bench) -> str:
    from ppocr_ext.workspace import cuda

    bench.patch.setattr(cuda, "_nvidia_smi", lambda *options: "")
    return bench.caught(cuda.paddle_index)


SETUP = "test_environment runs setup"
ROWS = [
    *(
        Cure(
            f"a package that is not installed: {place}",
            (place,),
            provoke,
            "not installed",
            only_understood=SETUP,
        )
        for place, provoke in {
            "ppocr_ext/errors.py:missing_package": absent(
                "ppocr_ext.packages", "package_folder", "rapidocr"
            ),
            "ppocr_ext/upstream.py:ppocr_home": absent("ppocr_ext.upstream", "ppocr_home"),
        }.items()
    ),
    Cure(
        "pip that failed",
        ("ppocr_ext/workspace/pip.py:_pip_failed",),
        failed_pip,
        "pip ended with code 1",
        only_understood=SETUP,
    ),
    Cure(
        "no environment",
        ("ppocr_ext/workspace/doctor.py:_setup",),
        doctor,
        "missing",
        only_understood=SETUP,
    ),
    Cure(
        "what to do after the quickstart",
        ("ppocr_ext/workspace/quickstart.py:summary",),
        next_steps,
        "Next, in",
        which=1,
        more=lambda bench: ["--dry-run"],
        shows="my_data/train.txt does not exist",  # names the user's own lines
    ),
    Cure(
        "no browser for the tests of pages",
        ("ppocr_ext/workspace/suite.py:how_to_get_it",),
        lambda bench: how_to_get_it(),
        "install Chrome",
        only_understood="it installs Chromium; tests/unit/workspace/test_suite.py says with what",
    ),
    Cure(
        "charts without matplotlib",
        ("ppocr_ext/packages.py:can_draw",),
        no_charts,
        "no plots without matplotlib",
        only_understood=SETUP,
    ),
    Cure(
        "a GPU without its driver",
        ("ppocr_ext/workspace/cuda.py:_refused",),
        no_driver,
        "no NVIDIA driver was found",
        which=1,
        only_understood=SETUP,
    ),
    Cure("two OpenCVs", (), doctor, "one OpenCV", which=1, only_understood=SETUP),
]
