"""What a run reads when no images are named."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ppocr_ext.config import load_config
from ppocr_ext.errors import UserError
from ppocr_ext.infer.defaults import PREDICTIONS, images_and_output
from ppocr_ext.runtime import REPOSITORY

QUICK = REPOSITORY / "configs" / "rec_quick.yml"


def model_of(folder: Path, *overrides: str) -> Any:
    config = load_config(QUICK, overrides)
    return SimpleNamespace(run=SimpleNamespace(folder=folder), config=lambda: config)


@pytest.mark.parametrize(
    ("overrides", "images"),
    [
        (["Global.infer_img=lines.txt"], "lines.txt"),
        (["Global.infer_img="], "./output/data/quick/val.txt"),
        (
            [
                "Global.infer_img=",
                "Eval.dataset.label_file_list=[a/x.txt, output/data/quick/b]",
            ],
            "output/data/quick/b",
        ),
    ],
)
def test_a_run_reads_what_its_config_names(
    tmp_path: Path, overrides: list[str], images: str
) -> None:
    model = model_of(tmp_path, *overrides, "Global.save_res_path=read.txt")
    assert images_and_output(model, None, None) == (images, Path("read.txt"))
    assert images_and_output(model, "mine", Path("x.csv")) == ("mine", Path("x.csv"))


def test_a_run_that_names_none_says_so(tmp_path: Path) -> None:
    """Label files whose images lie elsewhere are not read as if they lay beside them."""
    model = model_of(tmp_path, "Global.infer_img=", "Eval.dataset.data_dir=elsewhere")
    with pytest.raises(UserError, match="no images are given"):
        images_and_output(model, None, None)
    with pytest.raises(UserError, match="give label files with --labels"):
        images_and_output(model, None, None, "--labels")
    assert images_and_output(model, "mine", None)[1] != Path(PREDICTIONS)
