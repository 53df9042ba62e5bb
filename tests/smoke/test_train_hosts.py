"""Two hosts, made of network namespaces, under ``python -m paddle.distributed.launch``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import toy

from ppocr_ext.runtime import REPOSITORY

pytestmark = pytest.mark.smoke

MASTER = "10.77.0.1:6170"
NAME = f"pp{os.getpid()}"  # with what follows, at most 15 letters


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@pytest.fixture
def hosts() -> Iterator[list[str]]:
    """Names of two network namespaces that reach each other as 10.77.0.1 and 10.77.0.2."""
    if shutil.which("ip") is None:
        pytest.skip("no `ip` command to make network namespaces with")
    names = [f"{NAME}-1", f"{NAME}-2"]
    try:
        for name in names:
            ip("netns", "add", name)
        ip("link", "add", f"{NAME}v1", "type", "veth", "peer", "name", f"{NAME}v2")
        for number, name in enumerate(names, start=1):
            ip("link", "set", f"{NAME}v{number}", "netns", name)
            ip("-n", name, "addr", "add", f"10.77.0.{number}/24", "dev", f"{NAME}v{number}")
            ip("-n", name, "link", "set", f"{NAME}v{number}", "up")
            ip("-n", name, "link", "set", "lo", "up")
        yield names
    except subprocess.CalledProcessError as error:
        pytest.skip(f"network namespaces are not permitted here: {error.stderr.decode().strip()}")
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True)


def test_two_hosts_train_one_run(hosts: list[str], tmp_path: Path) -> None:
    path = toy.make(tmp_path, Global__epoch_num=1, Global__device="cpu")
    started = []
    for number, host in enumerate(hosts, start=1):
        launch = ["-m", "paddle.distributed.launch", "--nnodes", "2", "--nproc_per_node", "1"]
        launch += ["--master", MASTER, "--rank", str(number - 1), "--host", f"10.77.0.{number}"]
        launch += ["--log_dir", str(tmp_path / f"host{number}")]
        command = [sys.executable, *launch, str(REPOSITORY / "tools" / "train.py"), "-c", str(path)]
        environment = {**os.environ, "GLOO_SOCKET_IFNAME": f"{NAME}v{number}"}
        with open(tmp_path / f"launch{number}.log", "wb") as log:
            inside = ["ip", "netns", "exec", host, *command]
            started.append(subprocess.Popen(inside, env=environment, stdout=log, stderr=log))
    codes = [process.wait(timeout=200) for process in started]
    assert codes == [0, 0], (tmp_path / "launch1.log").read_text(encoding="utf-8")[-2000:]
    assert list(toy.losses(tmp_path / "run")) == list(range(1, 7))
    log = (tmp_path / "run" / "train.log").read_text(encoding="utf-8")
    assert "2 process(es), 6 steps" in log
