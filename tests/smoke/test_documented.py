"""Every documented command is one that its tool takes; the Vietnamese guide is walked."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import toy
from PIL import Image

from ppocr_ext.files import write_text
from ppocr_ext.runtime import REPOSITORY

PAGES = ("README.md", "tools/README.md", "tools/README.vi.md", "tests/README.md")
GUIDE = REPOSITORY / "tools" / "README.vi.md"
TOOL = re.compile(r"python3? [^\n`]*?\btools/(\w+)\.py((?: [^\n`]*)?)")
MAKES_THE_ENVIRONMENT = re.compile(r"workspace\.py setup")  # .ci/run does that
LESS = {"tools/language_model.py": ["--drawn", "2000"]}  # texts that it counts
IN_ITS_CHAIN = {"python tools/make_data.py", "python tools/train.py"}  # test_chain runs them


def commands(page: str) -> list[tuple[str, str]]:
    """(tool, its arguments) of every command in a block or in a line of text."""
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    text = re.sub(r"(?<=\S)\n {2}(?=\S)", " ", text)  # of a list, broken over lines
    return [(tool, words.rstrip(".,:;)'")) for tool, words in TOOL.findall(text)]


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_are_understood(page: str) -> None:
    found = commands(page)
    assert found
    for tool, words in found:
        if tool == "workspace":
            done = subprocess.run(
                [sys.executable, REPOSITORY / "tools" / "workspace.py", *shlex.split(words), "-h"],
                capture_output=True,
                check=False,
            )
            assert done.returncode == 0, (tool, words)
            continue
        try:
            import_module(f"ppocr_ext.cli.{tool}").parse(shlex.split(words))
        except SystemExit as refused:
            assert not refused.code, f"{page}: tools/{tool}.py{words}"


def blocks(language: str) -> list[str]:
    text = GUIDE.read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.S)


def test_the_vietnamese_guide_is_a_way_that_works(tmp_path: Path) -> None:
    """Its own my.yml and its commands, one after another, on a few lines."""
    toy.make_data(tmp_path / "my_data")
    (tmp_path / "my_data" / "dict.txt").unlink()
    for name in ("configs", "dicts", "tools"):
        shutil.copytree(REPOSITORY / name, tmp_path / name)
    published = Path("output", "vi_PP-OCRv6_small_rec")
    shutil.copytree(REPOSITORY / published, tmp_path / published)
    write_text(tmp_path / "my.yml", blocks("yaml")[0].replace("epoch_num: 15", "epoch_num: 1"))
    shutil.copy(tmp_path / "my_data" / "val" / "0.png", tmp_path / "line.png")
    Image.open(tmp_path / "line.png").convert("RGB").save(tmp_path / "don.pdf")
    walked = []
    guide = GUIDE.read_text(encoding="utf-8")
    for line in re.findall(r"(?<=[\n`])python3? tools/[^`\n]*", guide):  # in blocks and in the text
        if MAKES_THE_ENVIRONMENT.search(line) or line in IN_ITS_CHAIN or "FOLDER" in line:
            continue  # tests of import_labels.py, label.py and improve have a folder
        _, tool, *words = shlex.split(line)
        done = subprocess.run(
            [sys.executable, REPOSITORY / tool, *words, *LESS.get(tool, [])],
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        walked.append((line, done.returncode))
        assert done.returncode in expected(tool), f"{line}\n{done.stdout}\n{done.stderr}"
    assert len(walked) >= 10
    subprocess.run([sys.executable, "-c", blocks("python")[0]], cwd=tmp_path, check=True)


def expected(tool: str) -> set[int]:
    """The check may warn of so few lines; a language model is refused where nothing is wrong."""
    warns = {"tools/check_data.py": {0, 1, 2}, "tools/language_model.py": {0, 2}}
    return warns.get(tool, {0})
