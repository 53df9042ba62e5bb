"""Where PaddleOCR's classes come from: the wheel, or a checkout that PADDLEOCR_HOME names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ppocr_ext.runtime import REPOSITORY

BASE_MODEL = '''
from paddle import nn

class Backbone(nn.Layer):
    """Stands for a newer release's own PPLCNetV4."""

class BaseModel(nn.Layer):
    def __init__(self, config):
        super().__init__()
        self.backbone, self.head = Backbone(), nn.Linear(1, config["Head"]["out_channels"])
'''
BUILD = """
from ppocr_ext.models.build import build_network
network = build_network({"stock": True, "Backbone": {"name": "PPLCNetV4"},
                         "Head": {"name": "CTCHead"}}, 7)
print(type(network.backbone).__doc__, list(network.head.weight.shape))
"""


def run(code: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PADDLEOCR_HOME": str(home), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_a_checkouts_own_classes_are_built_when_asked(vietnamese_path: Path) -> None:
    folder = vietnamese_path / "ppocr" / "modeling" / "architectures"
    folder.mkdir(parents=True)
    for package in (folder, folder.parent, folder.parent.parent):
        (package / "__init__.py").write_text("", encoding="utf-8")
    (folder / "base_model.py").write_text(BASE_MODEL, encoding="utf-8")
    done = run(BUILD, vietnamese_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[0] == "Stands for a newer release's own PPLCNetV4. [1, 7]"


def test_a_folder_that_is_no_checkout_is_refused(tmp_path: Path) -> None:
    done = run(BUILD, tmp_path)
    assert "has no ppocr/modeling folder" in done.stderr


@pytest.mark.parametrize("release", ["2.10", "3"])
def test_the_server_backbone_of_either_release(
    release: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Release 3 builds it for text by itself; release 2.10 has other strides."""
    import paddle

    from ppocr_ext import upstream

    if release == "3":
        own = upstream.ppocr_module("modeling.backbones.rec_pphgnetv2")

        class Newer:
            PPHGNetV2 = own.PPHGNetV2

            @staticmethod
            def PPHGNetV2_B4(text_rec: bool = False) -> paddle.nn.Layer:
                network = paddle.nn.Conv2D(3, 5, 1)
                network.out_channels = 5 if text_rec else 0
                return network

        monkeypatch.setattr(upstream, "ppocr_module", lambda name: Newer)
    network = upstream.pphgnetv2_b4()
    network.fuse()
    image = paddle.zeros([1, 3, 48, 64])
    for mode in (network.train, network.eval):
        mode()
        with paddle.no_grad():
            features = network(image)
        expected = [1, 2048, 1, 8] if release == "2.10" else [1, 5, 48, 64]
        assert features.shape == expected
    assert network.out_channels == expected[1]
