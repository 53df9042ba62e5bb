"""Commands on a config, as a user types them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ppocr_ext.config import Config, load_config
from ppocr_ext.runtime import REPOSITORY


@pytest.mark.skipif(os.name == "nt", reason="quoted for a POSIX shell")
def test_a_config_knows_what_names_it_on_a_command_line(vietnamese_path: Path) -> None:
    path = vietnamese_path / "my.yml"
    base = (REPOSITORY / "configs" / "base_rec.yml").as_posix()
    path.write_text(f"_base_: {base}\n", encoding="utf-8")
    config = load_config(path, ["Global.seed=3"])
    assert config.command("check_data.py") == (
        f"python tools/check_data.py -c '{path.as_posix()}' -o Global.seed=3"
    )
    assert config.command("train.py", "--resume").endswith(" -o Global.seed=3 --resume")
    stored = Config.model_validate(config.tree)
    assert stored.command("train.py") == "python tools/train.py"
