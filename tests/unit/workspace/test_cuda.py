from __future__ import annotations

import os
from pathlib import Path

import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.workspace import cuda

SMI = "| NVIDIA-SMI 570.86.15    Driver Version: 570.86.15    CUDA Version: {}     |\n"


@pytest.mark.parametrize(
    ("driver", "capabilities", "index"),
    [
        ("11.8", "8.6\n", "cu118"),
        ("12.4", "8.9\n", "cu118"),
        ("12.6", "8.9\n", "cu126"),
        ("12.8", "9.0\n", "cu126"),
        ("12.9", "12.0\n", "cu129"),
        ("13.0", "12.0\n", "cu130"),
        ("13.4", "7.5\n", "cu130"),
        ("13.0", "8.6\n6.1\n", "cu129"),  # CUDA 13 has nothing for the second one
        ("12.6", "", "cu126"),  # a driver that does not know the question
    ],
)
def test_the_newest_build_that_driver_and_gpus_run(
    driver: str, capabilities: str, index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = {"": SMI.format(driver), "--query-gpu=compute_cap": capabilities}
    monkeypatch.setattr(cuda, "_nvidia_smi", lambda *options: answers["".join(options[:1])])
    address = cuda.paddle_index()
    assert address == f"https://www.paddlepaddle.org.cn/packages/stable/{index}/"


def test_the_line_of_newer_drivers_is_read() -> None:
    assert cuda._CUDA.search("| CUDA UMD Version: 13.2 |")[2] == "2"


@pytest.mark.parametrize(
    ("smi", "found"),
    [
        ("", "no NVIDIA driver was found"),
        (SMI.format("N/A"), "no NVIDIA driver was found"),
        (SMI.format("11.4"), "the NVIDIA driver or GPU is too old: it runs CUDA up to 11.4"),
    ],
)
def test_without_a_fitting_driver_the_message_says_what_to_do(
    smi: str, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cuda, "_nvidia_smi", lambda *options: "" if options else smi)
    with pytest.raises(UserError) as refused:
        cuda.paddle_index()
    assert refused.value.found.startswith(found)
    assert refused.value.cure.splitlines()[-1].endswith("workspace.py setup --device cpu")


def test_nvidia_smi_is_found_on_the_path_and_in_system32(
    vietnamese_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.name == "nt":
        pytest.skip("a program that the test writes is a shell script")
    monkeypatch.setenv("PATH", str(vietnamese_path))
    monkeypatch.setenv("SYSTEMROOT", str(vietnamese_path))
    assert cuda._nvidia_smi() == ""
    for place in ("System32/nvidia-smi.exe", "nvidia-smi"):
        program = vietnamese_path / place
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\necho {place}\n", encoding="utf-8")
        program.chmod(0o755)
        assert cuda._nvidia_smi() == f"{place}\n"
    program.write_text("#!/bin/sh\necho broken\nexit 9\n", encoding="utf-8")
    assert cuda._nvidia_smi() == ""
