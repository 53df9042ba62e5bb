"""From labelled lines to a better model: the commands in order, and an honest report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.runtime import PUBLISHED
from ppocr_ext.workspace import improve as module
from ppocr_ext.workspace.improve import improve, settings

TRUTH = [f"dòng {n}" for n in range(20)]


def put(path: Path, texts: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = "".join(f"{n}.jpg\t{text}\n" for n, text in enumerate(texts))
    path.write_text(rows, encoding="utf-8", newline="\n")


class Tools:
    """Stand in for the commands: the held-out lines are read with so many letters wrong."""

    def __init__(self, run: Path, before: int, after: int, codes: dict[str, int]) -> None:
        self.run, self.wrong, self.codes = run, {"before": before, "after": after}, codes
        self.ran: list[list[str]] = []

    def __call__(self, command: list[Any]) -> int:
        words = [str(word) for word in command]
        tool = Path(words[1]).stem
        self.ran.append([tool, *words[2:]])
        if tool == "eval":
            part = Path(words[words.index("--output") + 1]).name
            wrong = self.wrong[part]
            texts = ["x" + text[1:] if n < wrong else text for n, text in enumerate(TRUTH)]
            put(self.run / part / "val.predictions.txt", [f"{text}\t0.9" for text in texts])
        return self.codes.get(tool, 0)


@pytest.fixture
def labelled(vietnamese_path: Path) -> Path:
    folder = vietnamese_path / "trang"
    put(folder / "labelling" / "train.txt", TRUTH * 10)
    put(folder / "labelling" / "val.txt", TRUTH)
    return folder


def improved(
    folder: Path, monkeypatch: pytest.MonkeyPatch, before: int, after: int, **codes: int
) -> tuple[int, Tools]:
    run = folder.parent / "run"
    tools = Tools(run, before, after, codes)
    monkeypatch.setattr(module, "run_child", tools)
    return improve(folder, run, Path("python")), tools


def test_it_checks_trains_compares_and_leaves_the_better_model(
    labelled: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, tools = improved(labelled, monkeypatch, before=8, after=2, check_data=2)
    assert code == 0
    order = ["check_data", "eval", "train", "language_model", "eval"]
    assert [words[0] for words in tools.ran] == order
    assert tools.ran[1][tools.ran[1].index("--model") + 1] == str(PUBLISHED)
    said = capsys.readouterr().out
    assert "acc   0.6000    0.9000" in said and "cer   0.0615    0.0154" in said
    assert "CER is lower by 0.0462 (95 %: " in said and "built from your lines" in said
    found = json.loads((labelled / "labelling" / "model.json").read_text(encoding="utf-8"))
    assert found == {"model": str((labelled.parent / "run").resolve())}


def test_a_later_training_must_beat_the_model_in_use(
    labelled: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, used = labelled / "labelling" / "model.json", labelled.parent / "lần trước"
    text = json.dumps({"model": str(used)})
    path.write_text(text, encoding="utf-8")
    _, tools = improved(labelled, monkeypatch, before=2, after=4)
    assert tools.ran[1][tools.ran[1].index("--model") + 1] == str(PUBLISHED)  # it is not there
    used.mkdir()
    _, tools = improved(labelled, monkeypatch, before=2, after=4)
    assert tools.ran[1][tools.ran[1].index("--model") + 1] == str(used)
    assert "lần trước, then the model" in capsys.readouterr().out
    improved(labelled, monkeypatch, before=4, after=2, train=130)  # interrupted
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("text", ["", "[]", "{", '{"model": null}', '{"model": 3}', '{"m": "."}'])
def test_a_damaged_note_of_the_better_model_means_the_published_one(
    labelled: Path, text: str
) -> None:
    (labelled / "labelling" / "model.json").write_text(text, encoding="utf-8")
    assert module.better_model(labelled) is None


def test_no_gain_changes_nothing_and_is_said(
    labelled: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _ = improved(labelled, monkeypatch, before=2, after=2, language_model=2)
    said = capsys.readouterr().out
    assert code == 0 and "no gain" in said and "language model: does not help" in said
    assert not (labelled / "labelling" / "model.json").exists()


def test_a_failed_training_ends_it(labelled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, tools = improved(labelled, monkeypatch, 2, 1, train=7)
    assert code == 7 and tools.ran[-1][0] == "train"


def test_without_held_out_lines_no_gain_can_be_shown(labelled: Path) -> None:
    put(labelled / "labelling" / "val.txt", TRUTH[:9])
    with pytest.raises(UserError, match="holds 9 lines") as error:
        improve(labelled, None, Path("python"))
    assert error.value.cure == f"label more pages, or lines: python tools/label.py '{labelled}'"
    put(labelled / "labelling" / "train.txt", [])
    with pytest.raises(UserError, match="no labelled line"):
        improve(labelled, None, Path("python"))
    with pytest.raises(UserError, match="no such folder"):
        improve(labelled / "x", None, Path("python"))


@pytest.mark.parametrize(
    ("pages", "lines", "ends"),
    [
        (("1.jpg", "3.jpg"), 10, " --val 0.3"),  # by their hashes 0.298 and 0.854
        (("1.jpg", "3.jpg"), 9, ""),
        (("1.jpg", "5.jpg"), 10, ""),  # no page would be trained on
        (("2.jpg", "3.jpg"), 10, ""),
    ],
)
def test_another_share_is_named_where_it_helps(
    labelled: Path, pages: tuple[str, ...], lines: int, ends: str
) -> None:
    (labelled / "labelling" / "val.txt").unlink()
    rows = [json.dumps({"page": f"../{page}"}) + "\n" for page in pages for _ in range(lines)]
    boxes = labelled / "labelling" / "boxes.jsonl"
    boxes.write_text("".join(rows), encoding="utf-8", newline="\n")
    with pytest.raises(UserError) as error:
        improve(labelled, None, Path("python"))
    assert error.value.cure.endswith(f"python tools/label.py '{labelled}'{ends}")


@pytest.mark.parametrize(
    ("lines", "is_near", "epochs", "every", "is_frozen"),
    [
        *((270, True, 50, 25, True), (64, True, 200, 25, True), (999, True, 15, 29, True)),
        *((270, False, 50, 25, False), (1000, True, 15, 29, False), (3200, True, 15, 93, False)),
    ],
)
def test_few_lines_of_a_kind_that_is_read_already_leave_the_backbone_as_it_is(
    vietnamese_path: Path, lines: int, is_near: bool, epochs: int, every: int, is_frozen: bool
) -> None:
    train, val = vietnamese_path / "train.txt", vietnamese_path / "val.txt"
    put(train, ["x"] * lines)
    values = settings(Path("run"), train, val, is_near)
    assert f"Global.epoch_num={epochs}" in values
    assert f"Global.eval_batch_step=[0, {every}]" in values
    assert ("Global.max_steps=200" in values) is is_frozen
    assert any(value.startswith("Global.freeze=") for value in values) is is_frozen


def test_what_the_model_cannot_read_yet_teaches_the_whole_network(
    labelled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for before, is_frozen in ((8, True), (20, False)):  # of 130 letters
        _, tools = improved(labelled, monkeypatch, before, after=2)
        assert any("Global.freeze=" in word for word in tools.ran[2]) is is_frozen


def test_its_settings_are_a_config_that_training_takes(vietnamese_path: Path) -> None:
    from ppocr_ext.config import load_config

    folder = vietnamese_path / "[1], #2"  # in YAML a list, and a comment
    put(folder / "train.txt", ["x"] * 64)
    words = settings(folder, folder / "train.txt", folder / "val.txt", is_near=True)
    config = load_config(Path(words[1]), words[3:])
    assert config.Global.freeze == ["^backbone\\."] and config.Global.max_steps == 200
    assert config.Global.early_stop is not None and config.Global.early_stop.metric == "cer"
    assert config.Global.save_model_dir == config.Train.dataset.data_dir == str(folder)
    assert config.Train.dataset.label_file_list == [str(folder / "train.txt")]
