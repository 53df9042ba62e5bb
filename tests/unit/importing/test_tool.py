"""The command: what it says, its exit codes, and that other commands name it."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from importing_cases import CROPS, LINES, PAGES, PICTURE, laid_out

from ppocr_ext.cli import import_labels
from ppocr_ext.cli.import_labels import FORMS, main, next_command
from ppocr_ext.data.foreign import FORMATS, format_of
from ppocr_ext.data.labels import read_labels
from ppocr_ext.errors import UserError
from ppocr_ext.importing.export import FORMS as WRITERS
from ppocr_ext.importing.page import READERS
from ppocr_ext.infer.sources import open_source
from ppocr_ext.runtime import REPOSITORY

LABEL_FILES = {
    "alto": "trang 1.xml",
    "coco_text": "cocotext.v2.json",
    "cvat": "annotations.xml",
    "doctr": "labels.json",
    "easyocr": "labels.csv",
    "hf_imagefolder": "train/metadata.jsonl",
    "hocr": "trang 1.hocr",
    "icdar": "labels/gt_trang 1.txt",
    "label_studio": "project-1-at-2026-01-05.json",
    "labelme": "trang 1.json",
    "lmdb": "data.mdb",
    "mcocr": "mcocr_train_df.csv",
    "mmocr": "textrecog_train.json",
    "page_xml": "trang 1.xml",
    "ppocrlabel": "anh/Label.txt",
    "tesseract": "trang 1.box",
    "total_text": "poly_gt_trang 1.txt",
    "vintext": "labels/gt_1.txt",
    "xanylabeling": "trang 1.json",
}


def words(command: str) -> list[str]:
    return shlex.split(command)


@pytest.mark.parametrize("name", LABEL_FILES)
@pytest.mark.parametrize("opener", [lambda path: read_labels(path, path.parent), open_source])
def test_foreign_files_are_named_with_the_command_that_imports_them(
    name: str, opener: Callable[[Path], object], tmp_path: Path
) -> None:
    folder = laid_out(name, tmp_path / "ảnh của tôi")
    labels = folder / LABEL_FILES[name]
    with pytest.raises(UserError) as raised:
        opener(labels)
    kind = format_of(labels)
    assert kind is not None and FORMATS[kind].partition(" (")[0] in str(raised.value)
    command = words(raised.value.cure)
    assert command[1].endswith("tools/import_labels.py") and command[2] == str(labels)
    assert command[3] == "--output"


@pytest.mark.parametrize("name", ["easyocr", "label_studio", "ppocrlabel"])
def test_the_cure_works_when_it_is_typed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = laid_out(name, tmp_path / "ảnh của tôi")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as raised:
        read_labels(folder / LABEL_FILES[name], folder)
    command = words(raised.value.cure)
    assert main([*command[2:], "--no-model"]) == 0
    assert "10 train" in capsys.readouterr().out


def test_labels_of_lines_are_no_foreign_file(tmp_path: Path) -> None:
    folder = laid_out("vietocr", tmp_path / "in")
    assert len(read_labels(folder / "train_annotation.txt", folder)) == 10
    for name in ("requirements.txt", "README.md", "pyproject.toml", "CHANGELOG.md"):
        assert format_of(REPOSITORY / name) is None
    assert format_of(PICTURE) is None


def test_formats_have_readers_and_forms_have_writers() -> None:
    assert set(READERS) == set(FORMATS)
    assert set(FORMS) == set(WRITERS)
    assert set(PAGES) | set(LINES) | {"lmdb"} == {*LABEL_FILES, "vietocr"}


def test_an_import_says_what_became_of_it_and_what_to_type_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    laid_out("cvat", tmp_path / "in")
    assert main(["in", "--output", "output/data/hoá đơn", "--no-model"]) == 0
    out = capsys.readouterr().out
    assert "10 lines kept (10 train)" in out
    assert "1  marked illegible (###, #, *) (annotations.xml:5, line 9)" in out
    assert "space at an end, or two in a row" in out  # check_data's findings
    command = words(out.splitlines()[-1].removeprefix("next: "))
    assert command[1].endswith("tools/infer_rec.py")
    assert Path(command[command.index("--images") + 1]).is_file()


def test_with_validation_the_next_command_trains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "in"
    for part in ("train", "val"):
        (folder / part).mkdir(parents=True)
        shutil.copyfile(CROPS[0], folder / part / "a.jpg")
        (folder / part / "labels.csv").write_text("filename,words\na.jpg,A1\n", encoding="utf-8")
    assert main(["in", "--output", "out", "--no-model", "--no-check"]) == 0
    way, last = capsys.readouterr().out.splitlines()[-2:]
    assert way.startswith("next: ") and str(REPOSITORY) in way  # whose weights it needs
    monkeypatch.chdir(REPOSITORY)
    command = words(last.removeprefix("next: "))
    assert command[1].endswith("tools/train.py")
    values = dict(word.split("=") for word in command if "=" in word)
    for key in ("Train.dataset.label_file_list", "Eval.dataset.label_file_list"):
        assert Path(values[key]).is_file()
    assert Path(command[command.index("-c") + 1]).is_file()


def test_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = laid_out("icdar", tmp_path / "in")
    options = ["--no-model", "--no-check", "--output"]
    (source / "labels" / "gt_khac.txt").write_text("1,1,9,1,9,9,1,9,x\n", encoding="utf-8")
    assert main([str(source), *options, str(tmp_path / "out")]) == 3
    assert "its image is not there" in capsys.readouterr().out
    with pytest.raises(UserError, match="is the source itself"):
        main([str(source), *options, str(source)])
    with pytest.raises(UserError, match="is an import already"):
        main([str(tmp_path / "out"), *options, str(tmp_path / "none")])
    with pytest.raises(UserError, match=r"--root .* is not a folder"):
        main([str(source), "--root", str(source / "none"), *options, str(tmp_path / "none")])
    for wrong in (["nirgends"], [str(source), "--format", "xyz"]):
        with pytest.raises(UserError):
            main([*wrong, *options, str(tmp_path / "none")])
    assert not (tmp_path / "none").exists()


def test_a_format_named_wrongly(tmp_path: Path) -> None:
    source = laid_out("icdar", tmp_path / "in")
    options = ["--no-model", "--no-check", "--output", str(tmp_path / "out"), "--format", "cvat"]
    with pytest.raises(UserError, match=r"(?s)no labels of the format cvat.*leave --format out"):
        main([str(source), *options])
    with pytest.raises(UserError, match=r"(?s)damaged: labels/gt_trang 1.txt.*leave that out"):
        main([str(source / LABEL_FILES["icdar"]), *options])


def test_an_export_that_cannot_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = laid_out("lmdb", tmp_path / "in")
    options = ["--no-model", "--to", "ppocrlabel", "--output"]
    with pytest.raises(UserError, match=r"(?s)no picture of its own.*--to imagefolder"):
        main([str(source), *options, str(tmp_path / "out")])
    monkeypatch.chdir(tmp_path / "in")
    with pytest.raises(UserError, match=r"--output \. is this folder"):
        main([str(source), *options, "."])


@pytest.mark.parametrize("name", ["hoá đơn [1], #2", "a b", "2024", "[x]"])
def test_the_next_command_holds_any_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As train.py reads its overrides: ``#`` begins a comment, ``[`` a list, 2024 is a number."""
    from ppocr_ext.config.merge import apply_overrides
    from ppocr_ext.config.source import Source

    monkeypatch.chdir(tmp_path)
    output = Path(name)
    output.mkdir()
    for each in ("train.txt", "val.txt"):
        (output / each).touch()
    monkeypatch.setattr(import_labels, "way_to", lambda path: "")
    command = words(next_command(output))
    tree = apply_overrides(Source({}, {}, []), command[command.index("-o") + 1 :]).tree
    assert tree["Global"] == {"save_model_dir": f"output/{name}_rec"}
    dataset = tree["Train"]["dataset"]
    assert (dataset["data_dir"], dataset["label_file_list"]) == (name, f"{name}/train.txt")


@pytest.mark.parametrize("form", FORMS)
def test_export_by_the_command(form: str, tmp_path: Path) -> None:
    source = laid_out("cvat", tmp_path / "in")
    out = tmp_path / "out"
    assert main([str(source), "--to", form, "--output", str(out), "--no-model"]) == 0
    assert any(path.stat().st_size for path in out.rglob("*"))


def test_the_shim_runs_it(tmp_path: Path) -> None:
    source = laid_out("easyocr", tmp_path / "in")
    done = subprocess.run(
        [
            *(sys.executable, str(REPOSITORY / "tools" / "import_labels.py"), str(source)),
            *("--output", str(tmp_path / "out"), "--no-check"),
        ],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"10 lines kept \(\d+ train", done.stdout)
