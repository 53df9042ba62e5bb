from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.workspace import cuda
from ppocr_ext.workspace import environment as module
from ppocr_ext.workspace.environment import (
    INDEX_VARIABLE,
    READ,
    Environment,
    requirements_for,
    set_up,
)


@pytest.fixture
def project(
    vietnamese_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    make_wheel: Callable[[Path, str], Path],
) -> Path:
    """A project of three empty wheels in a folder, and a pip without any index or driver."""
    monkeypatch.setattr("ppocr_ext.workspace.cuda._nvidia_smi", lambda *options: "")
    for name in ("paddlepaddle", "paddlepaddle_gpu", "reader"):
        make_wheel(vietnamese_path, name)
    monkeypatch.delenv(INDEX_VARIABLE, raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", vietnamese_path.as_uri())
    (vietnamese_path / "requirements.txt").write_text(
        "# Reading, scoring, reports\nreader==1.0\n\n# All else\npaddlepaddle==1.0\n",
        encoding="utf-8",
    )
    return vietnamese_path


def never(*_: object, **__: object) -> None:
    raise AssertionError("nothing should have been installed")


def test_an_environment_from_nothing_to_another_device(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = Environment(project)
    (project / ".venv").mkdir()
    (project / ".venv" / "left over").mkdir()  # an interrupted start

    def paddles() -> list[str]:
        return sorted(path.name for path in environment.packages.glob("paddle*.dist-info"))

    set_up(environment)
    assert paddles() == ["paddlepaddle-1.0.dist-info"]
    assert environment.is_ready()
    assert environment.is_ready("cpu")
    assert not environment.is_ready("gpu")
    assert not (project / ".venv" / "left over").exists()

    with monkeypatch.context() as patch:
        patch.setattr(module, "pip_install", never)
        set_up(environment)

    environment.stamp_file.unlink()  # an interrupted installation
    assert not environment.is_ready()
    set_up(environment)
    assert environment.is_ready()

    set_up(environment, "gpu", index_url=project.as_uri())
    assert paddles() == ["paddlepaddle_gpu-1.0.dist-info"]
    assert environment.is_ready()  # the device that is there stays
    assert environment.is_ready("gpu")


def test_the_gpu_build_needs_an_index_before_anything_is_made(project: Path) -> None:
    with pytest.raises(UserError, match="no NVIDIA driver was found"):
        set_up(Environment(project), "gpu")
    assert not (project / ".venv").exists()


def test_the_index_for_the_driver_is_taken_and_printed(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(
        cuda, "_nvidia_smi", lambda *options: "" if options else "CUDA Version: 12.6"
    )
    monkeypatch.setattr(module, "pip_install", lambda _, arguments, __: asked.extend(arguments))
    fitting = cuda.BUILDS[2][2]
    assert fitting.endswith("/cu126/")
    set_up(Environment(project), "gpu")
    assert asked[-2:] == ["--extra-index-url", fitting]
    assert f"index of paddlepaddle-gpu: {fitting}\n" in capsys.readouterr().out
    set_up(Environment(project), "gpu", index_url="file:///own", clear=True)
    assert asked[-1] == "file:///own"


def test_what_reads_is_installed_alone_and_completed_later(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = Environment(project)

    def packages() -> set[str]:
        found = {path.name.split("-")[0] for path in environment.packages.glob("*.dist-info")}
        return found & {"reader", "paddlepaddle"}

    set_up(environment, READ)
    assert packages() == {"reader"}
    assert environment.only_reads() and environment.is_ready()
    set_up(environment)
    assert packages() == {"reader", "paddlepaddle"}
    assert environment.is_ready("cpu") and not environment.only_reads()
    with monkeypatch.context() as patch:
        patch.setattr(module, "pip_install", never)
        set_up(environment, READ)  # all of it reads, too
    assert environment.is_ready("cpu")


@pytest.fixture
def stamped(tmp_path: Path) -> Callable[..., Environment]:
    """An environment that claims to be complete."""

    def make(device: str = "cpu") -> Environment:
        (tmp_path / "requirements.txt").write_text("rich==15.0.0\n", encoding="utf-8")
        environment = Environment(tmp_path)
        environment.python.parent.mkdir(parents=True)
        environment.python.touch()
        settings = "home = x\nversion_info = 3.12.1.final.0\n"
        (environment.folder / "pyvenv.cfg").write_text(settings, encoding="utf-8")
        stamp = vars(environment.wanted(device))
        environment.stamp_file.write_text(json.dumps(stamp), encoding="utf-8")
        return environment

    return make


def test_changed_requirements_are_noticed(stamped: Callable[..., Environment]) -> None:
    environment = stamped("gpu")
    assert environment.is_ready()
    assert environment.wanted().device == "gpu"
    assert environment.python_version() == "3.12"
    environment.requirements.write_text("rich==15.0.1\n", encoding="utf-8")
    assert not environment.is_ready()


def test_another_python_is_noticed(stamped: Callable[..., Environment]) -> None:
    environment = stamped()
    (environment.folder / "pyvenv.cfg").write_text("version = 3.10.2\n", encoding="utf-8")
    assert not environment.is_ready()


def test_only_paddle_itself_is_replaced_for_the_gpu() -> None:
    listed = "# paddlepaddle\npaddlepaddle==3.3.1\npaddleocr==3.7.0\nrapidocr-paddle==1.4.5\n"
    assert requirements_for("cpu", listed) == listed
    assert requirements_for("gpu", listed).splitlines()[1] == "paddlepaddle-gpu==3.3.1"
    assert requirements_for("gpu", listed).count("-gpu") == 1


def test_an_environment_is_not_remade_by_its_own_python(
    stamped: Callable[..., Environment], monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = stamped()
    monkeypatch.setattr("sys.prefix", str(environment.folder))
    with pytest.raises(UserError, match="own Python"):
        set_up(environment, clear=True)
    assert environment.is_ready()
