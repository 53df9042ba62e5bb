"""Missing and empty files, and the command that makes them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ppocr_ext.config import FOR_TRAINING, check_files, load_config
from ppocr_ext.console import command_line, tool_command, typed_here, way_to
from ppocr_ext.errors import UserError
from ppocr_ext.runtime import PUBLISHED, REPOSITORY

MAKE = "python tools/make_data.py --preset tiny"


@pytest.fixture
def data(vietnamese_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a config and everything that it names; it is the current directory."""
    monkeypatch.chdir(vietnamese_path)
    files = {
        "rec.yml": f"""
Global: {{character_dict_path: từ điển.txt, pretrained_model: ./weights/v6,
         make_pretrained: python tools/base_weights.py}}
Architecture: {{Head: {{name: CTCHead}}}}
Train: {{dataset: &d {{data_dir: ./data, label_file_list: data/train.txt, make: {MAKE}}}}}
Eval: {{dataset: {{<<: *d, label_file_list: [data/val.txt]}}}}
""",
        "từ điển.txt": "a\n",
        "weights/v6.pdparams": "x",
        "data/train.txt": "x",
        "data/val.txt": "x",
    }
    for name, text in files.items():
        path = vietnamese_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return vietnamese_path


def problems(*overrides: str) -> list[tuple[str, str | None]]:
    config = load_config(Path("rec.yml"), overrides)
    return [(found.problem, found.make) for found in check_files(config, FOR_TRAINING)]


def test_nothing_is_missing(data: Path) -> None:
    assert problems() == []
    assert load_config(Path("rec.yml"), (), FOR_TRAINING).Global.pretrained_model == "./weights/v6"


def test_lines_that_are_drawn_need_no_file(data: Path) -> None:
    (data / "data" / "train.txt").unlink()
    drawn = ("Train.dataset.synthetic={preset: mega}", "Train.dataset.data_dir=./none")
    assert problems(*drawn, "Train.dataset.label_file_list=[]") == []
    assert problems(*drawn) != []


def test_a_missing_set_names_its_command_once(data: Path) -> None:
    for name in ("train.txt", "val.txt"):
        (data / "data" / name).unlink()
    (data / "data").rmdir()
    (data / "weights" / "v6.pdparams").unlink()
    with pytest.raises(UserError) as caught:
        load_config(Path("rec.yml"), (), FOR_TRAINING)
    message = str(caught.value)
    assert "Train.dataset.label_file_list: data/train.txt does not exist" in message
    assert "Global.pretrained_model: ./weights/v6.pdparams does not exist" in message
    assert message.count(f"run: {typed_here(MAKE)}") == 1
    assert message.count(f"run: {tool_command('base_weights.py')}\n") == 1
    assert "correct these" not in message


def test_weights_of_the_repository_are_restored_only_where_they_are_missing_there(
    data: Path,
) -> None:
    weights = f"output/{PUBLISHED.name}/best_accuracy"
    words = f"Global.pretrained_model={weights}"
    problem = f"Global.pretrained_model: {weights}.pdparams does not exist"
    checkout = f"Global.make_pretrained=git checkout -- output/{PUBLISHED.name}"
    assert problems(words, checkout) == [(problem, way_to("README.md"))]
    git = command_line(["git", "-C", str(REPOSITORY), "checkout", "--", f"output/{PUBLISHED.name}"])
    assert problems(f"{words}_2", checkout) == [(problem.replace(".pd", "_2.pd"), git)]
    (made,) = [make for _, make in problems(words, "Global.make_pretrained=make it")]
    assert made == "make it"


@pytest.mark.parametrize(
    ("overrides", "problem"),
    [
        (["Global.character_dict_path=no.txt"], "character_dict_path: no.txt does not exist"),
        (["Global.character_dict_path=data"], "character_dict_path: data is a folder, not a file"),
        pytest.param(
            ["Train.dataset.label_file_list=/dev/null"],
            "label_file_list: /dev/null is a device or a pipe, not a file",
            marks=pytest.mark.skipif(os.name == "nt", reason="no /dev"),
        ),
        (["Global.checkpoints=./gone/latest"], "the folder of ./gone/latest does not exist"),
        (["Eval.dataset.label_file_list=[]"], "Eval.dataset.label_file_list: no label file is"),
        (["Train.dataset.data_dir=gone"], "Train.dataset.data_dir: the folder gone does not exist"),
        (["Train.dataset={name: LMDBDataSet, data_dir: gone}"], "the folder gone does not exist"),
        (["Eval.sets.menus=data/gone.txt"], "Eval.sets.menus.label_file_list: data/gone.txt does"),
        (
            ["Eval.sets.menus={data_dir: gone, label_file_list: data/val.txt}"],
            "Eval.sets.menus.data_dir: the folder gone does not exist",
        ),
    ],
)
def test_a_missing_file(data: Path, overrides: list[str], problem: str) -> None:
    (found,) = problems(*overrides)
    assert problem in found[0]


def test_a_set_that_is_evaluated_beside(data: Path) -> None:
    """A label file alone stands for the set in its folder; the rest is read as the main set is."""
    config = load_config(Path("rec.yml"), ["Eval.sets.menus=data/val.txt"], FOR_TRAINING)
    section = config.Eval.of_set("menus")
    assert section.dataset.data_dir == "data" and section.loader.num_workers == 0
    assert section.dataset.label_file_list == ["data/val.txt"]
    assert section.dataset.transforms == config.Eval.dataset.transforms
    with pytest.raises(UserError, match=r"sets\.my-menus: found the text 'my-menus', expected a n"):
        load_config(Path("rec.yml"), ["Eval.sets.my-menus=data/val.txt"])
    with pytest.raises(UserError, match=r"sets\.menus\.wieght: unknown key; did you mean weight"):
        load_config(Path("rec.yml"), ["Eval.sets.menus.wieght=1"])


def test_empty_files_and_folders(data: Path) -> None:
    (data / "empty").mkdir()
    (data / "data" / "val.txt").write_bytes(b"")
    found = [text for text, _ in problems("Train.dataset.data_dir=empty")]
    assert found == [
        "Train.dataset.data_dir: the folder empty is empty",
        "Eval.dataset.label_file_list: data/val.txt is empty",
    ]


@pytest.mark.parametrize("pretrained", ["./weights/v6.pdparams", "./weights/v6", ""])
def test_weights_by_file_or_prefix_or_none(data: Path, pretrained: str) -> None:
    assert problems(f"Global.pretrained_model={pretrained}") == []


def test_weights_are_not_downloaded(data: Path) -> None:
    """A URL is not a file: ``tools/base_weights.py`` makes one of it."""
    (found, _), *more = problems("Global.pretrained_model=https://example.org/v6.pdparams")
    assert found == "Global.pretrained_model: https://example.org/v6.pdparams does not exist"
    assert not more


def test_a_resume_needs_no_pretrained_weights(data: Path) -> None:
    (data / "weights" / "v6.pdparams").unlink()
    assert problems("Global.checkpoints=./weights/latest") == []


def test_inference_does_not_look_for_training_data(data: Path) -> None:
    (data / "data" / "train.txt").unlink()
    assert load_config(Path("rec.yml"), (), ["dictionary"])
