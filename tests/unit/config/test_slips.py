"""What YAML makes of paths and of the word None, in the words of the person who wrote them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ppocr_ext.config import FOR_TRAINING, load_config
from ppocr_ext.errors import UserError, printable

HEAD = "Architecture: {Head: {name: CTCHead}}\n"


def message(folder: Path, text: str, head: str = HEAD) -> str:
    path = folder / "rec.yml"
    path.write_text(head + text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        load_config(path, files=("dictionary",))
    return str(caught.value)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("D:\\new\\tu_dien.txt", "D:\\new\\tu_dien.txt"),
        ("D:\\bien_so", "D:\\x08ien_so"),
        ("D:\\Nam", "D:\\x85am"),
        ("D:\\Pics", "D:\\u2029ics"),
        ("D:\\_du lieu", "D:\\xa0du lieu"),
    ],
)
def test_escapes_in_double_quotes(tmp_path: Path, written: str, shown: str) -> None:
    text = message(tmp_path, f'Global: {{character_dict_path: "{written}"}}')
    assert "rec.yml has 1 problem:\n" in text and "does not exist" not in text
    assert f"Global.character_dict_path: found '{shown}'" in text
    assert "in double quotes a backslash starts an escape: write it in single quotes" in text
    assert all(letter.isprintable() or letter == "\n" for letter in text)
    assert all(
        line.startswith(("  - ", "  cure:", "     ", str(tmp_path))) for line in text.split("\n")
    )


@pytest.mark.parametrize("written", ["D:\\utils\\vi.txt", "D:\\du lieu", "D:\\xe"])
def test_escapes_that_yaml_refuses(tmp_path: Path, written: str) -> None:
    text = message(tmp_path, f'Global: {{character_dict_path: "{written}"}}')
    assert "is not YAML: line 2" in text
    assert "cure:     in double quotes a backslash starts an escape" in text


def test_what_may_hold_a_tab(tmp_path: Path) -> None:
    path = tmp_path / "rec.yml"
    text = 'Train: {dataset: {delimiter: "\\t", transforms: [{RecConAug: {separator: "\\n"}}]}}'
    path.write_text(HEAD + text, encoding="utf-8")
    assert load_config(path).Train.dataset.delimiter == "\t"


def test_a_file_whose_name_does_hold_one(tmp_path: Path) -> None:
    if os.name == "nt":
        pytest.skip("Windows has no such names")
    odd = tmp_path / "a\tb.txt"
    odd.write_text("a\n", encoding="utf-8")
    path = tmp_path / "rec.yml"
    quoted = odd.as_posix().replace("\t", "\\t")
    path.write_text(f'{HEAD}Global: {{character_dict_path: "{quoted}"}}', encoding="utf-8")
    assert load_config(path).Global.character_dict_path == odd.as_posix()


@pytest.mark.parametrize("word", ["None", "none"])
def test_the_word_none(tmp_path: Path, word: str) -> None:
    keys = ("pretrained_model", "checkpoints", "save_inference_dir", "save_model_dir")
    text = message(tmp_path, f"Global: {{{', '.join(f'{key}: {word}' for key in keys)}}}")
    assert "has 4 problems" in text
    for key in keys:
        assert f"Global.{key}: found the text {word!r}, expected no value: leave it" in text
    text = message(tmp_path, f"Global: {{max_steps: {word}}}")
    assert f"found the text {word!r}, expected a whole number; in YAML no value is" in text


def test_each_slip_is_reported_once(tmp_path: Path) -> None:
    """One of them is missing besides, and so is another file of the same key."""
    lists = f"Train: {{dataset: {{data_dir: '{tmp_path.as_posix()}', label_file_list: "
    path = tmp_path / "rec.yml"
    path.write_text(HEAD + lists + '["D:\\new\\train.txt", none.txt]}}', encoding="utf-8")
    with pytest.raises(UserError) as caught:
        load_config(path, ["Global.pretrained_model=None"], files=("weights", "train"))
    first, *rows = str(caught.value).split("\n")
    assert first.endswith("rec.yml has 3 problems:")
    assert [row.split(":")[0] for row in rows[:3]] == [
        "  - Train.dataset.label_file_list.0",
        "  - Global.pretrained_model",
        "  - Train.dataset.label_file_list",
    ]
    assert "found the text 'None'" in rows[1] and "none.txt does not exist" in rows[2]


def test_a_path_of_another_system(tmp_path: Path) -> None:
    text = message(tmp_path, "Global: {save_model_dir: 'E:\\du an', character_dict_path: a\\b.txt}")
    if os.name != "nt":
        assert "found 'E:\\du an', a path of Windows, but this system is not Windows" in text
        assert "a\\b.txt does not exist; folders are separated by / here" in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Global:\n\tepoch_num: 5", "cure:     indent with spaces: YAML allows no tabs there"),
        (
            "Global:\n  epoch_num：5",
            "expected a mapping of keys; YAML needs ': ', a colon",
        ),
        ("Global:\n  epoch_num:5", "expected a mapping of keys; YAML needs ': ', a colon"),
        ("Global:\n  seed: 1\n  seed: 2", "Global.seed: written twice"),
        ("Global:\n  infer_img: a: b", "put a text that holds a colon in quotes"),
    ],
)
def test_other_slips(tmp_path: Path, text: str, words: str) -> None:
    assert words in message(tmp_path, text)


def test_a_stock_config_with_all_of_them_says_so_at_once(tmp_path: Path) -> None:
    text = (
        "Global: {pretrained_model: None, checkpoints: None, save_res_path: , epoch_nums: 3}\n"
        "Architecture: {Backbone: {name: PPLCNetV33}, Head: {name: CTCHead}}\n"
        "Train: {dataset: {transforms: [{RecAugment: }, {RecConAug: {probs: 1}}]}}\n"
    )
    path = tmp_path / "rec.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match="has 8 problems") as caught:
        load_config(path, files=FOR_TRAINING)
    for words in ("None", "epoch_nums", "PPLCNetV33", "RecAugment", "probs", "no label file"):
        assert words in caught.value.found


def test_printable_is_one_line_that_no_terminal_obeys() -> None:
    assert printable("tiếng Việt 日本 a b") == "tiếng Việt 日本 a b"
    assert printable("a\nb\tc\x1b[2J\0\udc80") == "a\\nb\\tc\\x1b[2J\\x00\\udc80"
    assert "\x1b" not in str(UserError("\x1b[2J\nb", "\x07", "\x1b"))
