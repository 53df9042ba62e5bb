"""The environment in ``.venv``: made, installed and stamped, so that a second call is instant."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from ppocr_ext.errors import UserError
from ppocr_ext.files import read_text, write_text
from ppocr_ext.runtime import REPOSITORY, environment_python
from ppocr_ext.workspace.cuda import paddle_index
from ppocr_ext.workspace.pip import pip_install

PADDLES = {"cpu": "paddlepaddle", "gpu": "paddlepaddle-gpu"}
READ = "read"  # in the place of a device: what reads, scores and reports, without Paddle
_READ_SECTION = "# Reading, scoring, reports"  # of requirements.txt, up to an empty line
INDEX_VARIABLE = "PADDLE_INDEX_URL"


@dataclass(frozen=True)
class Stamp:
    """What an environment was completely installed from."""

    device: str
    python: str
    requirements: str


class Environment:
    """A virtual environment of ``requirements.txt``: all of it for one device, or what reads."""

    def __init__(self, root: Path = REPOSITORY) -> None:
        self.folder = root / ".venv"
        self.requirements = root / "requirements.txt"
        self.stamp_file = self.folder / "workspace.json"

    @property
    def python(self) -> Path:
        """The environment's interpreter, there or not."""
        return environment_python(self.folder.parent)

    @property
    def packages(self) -> Path:
        """The environment's ``site-packages``."""
        if os.name == "nt":
            return self.folder / "Lib" / "site-packages"
        return self.folder / "lib" / f"python{self.python_version()}" / "site-packages"

    def is_current(self) -> bool:
        """Whether this very process runs in it."""
        return self.folder.exists() and self.folder.samefile(sys.prefix)

    def python_version(self) -> str:
        """``3.12``, as the environment was made; empty when there is none."""
        settings = self.folder / "pyvenv.cfg"
        if not settings.is_file():
            return ""
        match = re.search(r"^version(?:_info)?\s*=\s*(\d+\.\d+)", read_text(settings), re.M)
        return match[1] if match else ""

    def stamp(self) -> Stamp | None:
        """What is installed; ``None`` when no installation was completed."""
        if not self.stamp_file.is_file():
            return None
        return Stamp(**json.loads(read_text(self.stamp_file)))

    def wanted(self, device: str | None = None) -> Stamp:
        """What should be installed; without ``device`` for the one that is there, else cpu."""
        stamp = self.stamp()
        digest = hashlib.sha256(read_text(self.requirements).encode()).hexdigest()
        device = device or (stamp.device if stamp else "cpu")
        return Stamp(device, self.python_version(), digest)

    def only_reads(self) -> bool:
        """Whether it was made without what trains."""
        stamp = self.stamp()
        return stamp is not None and stamp.device == READ

    def is_ready(self, device: str | None = None) -> bool:
        """Whether everything is installed already; costs no process."""
        return self.python.exists() and self.stamp() == self.wanted(device)


def set_up(
    environment: Environment,
    device: str | None = None,
    index_url: str | None = None,
    clear: bool = False,
) -> None:
    """Make ``environment`` complete; instant when it is, and continues after an interruption.

    Args:
        device: ``cpu``, ``gpu``, :data:`READ`, or ``None`` for what is there already, else cpu.
        index_url: where pip finds paddlepaddle-gpu, else the variable ``PADDLE_INDEX_URL``, else
            PaddlePaddle's own for the driver of this machine.
        clear: delete the environment and make a new one.

    Raises:
        UserError: no way to make an environment, no index for the GPU build, or pip failed.
    """
    if device is None and environment.only_reads():
        device = "cpu"  # the rest is added
    holds_it = None if device == READ else device  # all of it holds what reads, too
    if not clear and environment.is_ready(holds_it):
        return
    device = environment.wanted(device).device
    index = _index_arguments(device, index_url)
    if clear or not _has_pip(environment.python):
        _create(environment)
    stamp = environment.wanted(device)
    environment.stamp_file.unlink(missing_ok=True)
    if device != READ:
        other = PADDLES["gpu" if device == "cpu" else "cpu"]
        subprocess.run(  # both own the folder `paddle`: they must never meet
            [str(environment.python), "-m", "pip", "uninstall", "--yes", "--quiet", other],
            check=False,
            stderr=subprocess.DEVNULL,
        )
    listed = environment.folder / "requirements.txt"
    write_text(listed, requirements_for(device, read_text(environment.requirements)))
    pip_install(environment.python, ["--requirement", listed, *index], environment.packages)
    write_text(environment.stamp_file, json.dumps(asdict(stamp)) + "\n")


def requirements_for(device: str, requirements: str) -> str:
    """``requirements`` with the Paddle of ``device`` in the place of the CPU build, or, for
    :data:`READ`, their section of that name alone."""
    if device == READ:
        section = requirements.partition(_READ_SECTION)[2].partition("\n\n")[0]
        return section.partition("\n")[2] + "\n"
    return re.sub(r"(?m)^paddlepaddle(?===)", PADDLES[device], requirements)


def _index_arguments(device: str, index_url: str | None) -> list[str]:
    """pip's extra index for the GPU build; the user's own pip settings stay in force."""
    if device != "gpu":
        return []
    url = index_url or os.environ.get(INDEX_VARIABLE) or paddle_index()
    print(f"index of paddlepaddle-gpu: {url}")
    return ["--extra-index-url", url]


def _has_pip(python: Path) -> bool:
    """Whether ``python`` starts and knows pip: a broken or half-made environment does not."""
    if not python.exists():
        return False
    command = [str(python), "-m", "pip", "--version"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _create(environment: Environment) -> None:
    """Make a new environment folder, with pip and nothing else."""
    folder = environment.folder
    if environment.is_current():
        raise UserError(
            f"{folder} cannot be made again by its own Python",
            "another Python 3.10 or newer",
            "leave the environment (deactivate), then run the command again",
        )
    print(f"environment: {folder}, Python {sys.version_info.major}.{sys.version_info.minor}")
    command = [sys.executable, "-m", "venv", "--clear", str(folder)]
    made = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace")
    if made.returncode:
        said = (made.stdout + made.stderr).strip().splitlines()
        raise UserError(
            f"no environment could be made in {folder}: {said[-1] if said else 'no reason given'}",
            "a Python with the modules venv and ensurepip, and a folder that can be written",
            "install Python again; on Debian and Ubuntu, as root: apt install python3-venv",
        )
