from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

WHEEL = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@pytest.fixture
def make_wheel() -> Callable[[Path, str], Path]:
    """Writes a wheel of one empty module, version 1.0, into a folder."""

    def make(folder: Path, name: str) -> Path:
        info = f"{name}-1.0.dist-info"
        contents = {
            f"{name}.py": "",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
            f"{info}/WHEEL": WHEEL,
        }
        contents[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in contents)
        path = folder / f"{name}-1.0-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as archive:
            for inside, text in contents.items():
                archive.writestr(inside, text)
        return path

    return make
