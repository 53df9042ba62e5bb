"""The character model's probabilities and the search that uses them."""

from __future__ import annotations

import gzip
import json
import math
import os
import shutil
import subprocess
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ppocr_ext.checksums import write_sums
from ppocr_ext.config import dump_yaml, load_config
from ppocr_ext.console import command_line
from ppocr_ext.errors import UserError
from ppocr_ext.files import write_text
from ppocr_ext.infer.beam import is_unmarked, needs_search, search
from ppocr_ext.infer.build_language import count, draw_lines, own_labels, own_texts
from ppocr_ext.infer.language import FILE_NAME, LanguageModel, Weights, language_beside
from ppocr_ext.infer.reading import read_output
from ppocr_ext.runs.model import find_model
from ppocr_ext.runtime import PUBLISHED
from ppocr_ext.text.charset import Charset

NOTHING = LanguageModel({}, Weights(0.0, 0.0))
CHARSET = Charset("abc", use_space_char=False)


def test_witten_bell_by_hand() -> None:
    model = LanguageModel.of_lines(["ab", "ab", "ac"], min_count=1)
    # "a" was followed by b twice and c once; of 9 characters, line ends included, two are b
    unigram_b = (2 + 4 / 260) / (9 + 4)
    assert model.log_probability("b", "a") == pytest.approx(math.log((2 + 2 * unigram_b) / (3 + 2)))


def test_probabilities_sum_to_one() -> None:
    model = LanguageModel.of_lines(["việt nam", "nam định"], min_count=1)
    letters = sorted(set("việt nam định\n"))
    for history in ("", "n", "ạ", "\nvi", "nam"):
        known = sum(math.exp(model.log_probability(letter, history)) for letter in letters)
        unknown = (260 - len(letters)) * math.exp(model.log_probability("ß", history))
        assert known + unknown == pytest.approx(1.0)


def test_a_sign_that_the_texts_hardly_know_is_no_reason_against_it() -> None:
    model = LanguageModel.of_lines(["hàng hóa, hàng hóa"] * 100)
    assert model.log_probability("”", "hóa") == -5.0
    assert model.log_probability("x", "hóa") < -9
    assert model.log_probability(".", "hóa") == -5.0
    assert model.log_probability(",", "hóa") > -1  # a sign that they know


def test_rare_long_ngrams_are_left_out() -> None:
    model = LanguageModel.of_lines(["abcde", "abcdx"])
    assert model.log_probability("e", "abcd") == model.log_probability("x", "abcd")


def test_a_file_comes_back(vietnamese_path: Path) -> None:
    model = LanguageModel.of_lines(["tiếng việt"] * 3)
    model.weights = Weights(0.3, 0.75)
    model.save(vietnamese_path / "ngôn ngữ.gz")
    loaded = LanguageModel.load(vietnamese_path / "ngôn ngữ.gz")
    assert loaded.weights == Weights(0.3, 0.75)
    assert loaded.fingerprint == model.fingerprint
    assert loaded.log_probability("ế", "\nti") == model.log_probability("ế", "\nti")


def test_what_is_no_model_is_explained(tmp_path: Path) -> None:
    (tmp_path / "text.gz").write_text("text", encoding="utf-8")
    with pytest.raises(UserError, match="not a language model"):
        LanguageModel.load(tmp_path / "text.gz")
    path = tmp_path / "none.gz"
    with pytest.raises(UserError, match="does not exist") as caught:
        LanguageModel.load(path, tmp_path / "run 1")
    words = ["--model", str(tmp_path / "run 1"), "--output", str(path)]
    assert caught.value.cure.endswith(command_line(["tools/language_model.py", *words]))


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        {"weights": [0.2, 0.5], "own_texts": 0},
        {"weights": [0.2, 0.5], "own_texts": 0, "followers": None},
        {"weights": [0.2, 0.5], "own_texts": 0, "followers": []},
        {"weights": [0.2, 0.5], "own_texts": 0, "followers": {"a": {}}},
        {"weights": [0.2, 0.5], "own_texts": 0, "followers": {"a": None}},
        {"weights": [0.2, 0.5], "own_texts": 0, "followers": {"a": {"b": "1"}}},
        {"weights": [0.2, 0.5], "own_texts": 0, "followers": {"a": {"b": -1}}},
        {"weights": [0.2, 0.5], "own_texts": None, "followers": {"a": {"b": 1}}},
        {"weights": [0.2, None], "own_texts": 0, "followers": {"a": {"b": 1}}},
        {"weights": [0.2, math.nan], "own_texts": 0, "followers": {"a": {"b": 1}}},
        {"weights": [0.2], "own_texts": 0, "followers": {"a": {"b": 1}}},
        {"weights": None, "own_texts": 0, "followers": {"a": {"b": 1}}},
    ],
)
def test_json_of_another_shape_is_refused_when_it_is_loaded(tmp_path: Path, content: Any) -> None:
    path = tmp_path / "l.gz"
    path.write_bytes(gzip.compress(json.dumps(content).encode()))
    with pytest.raises(UserError, match="is damaged, or not a language model"):
        LanguageModel.load(path)


def test_every_flipped_byte_is_found_or_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "l.gz"
    model = LanguageModel.of_lines(["tiếng việt đẹp lắm"] * 5)
    model.save(path)
    good = path.read_bytes()
    write_sums(tmp_path, [path.name])
    sums = (tmp_path / "SHA256SUMS").read_bytes()
    for place in range(len(good)):
        path.write_bytes(good[:place] + bytes([good[place] ^ 8]) + good[place + 1 :])
        with pytest.raises(UserError, match="damaged"):
            LanguageModel.load(path)
        (tmp_path / "SHA256SUMS").unlink()  # as of an earlier run: what it is packed in has a sum
        try:
            assert LanguageModel.load(path).fingerprint == model.fingerprint
            assert place in (4, 5, 6, 7, 8, 9)  # when and where it was packed
        except UserError as error:
            assert "is damaged, or not a language model" in error.found
        (tmp_path / "SHA256SUMS").write_bytes(sums)
    LanguageModel.of_lines(["khác"]).save(path)
    assert LanguageModel.load(path).fingerprint != model.fingerprint


def test_a_recorded_language_model_that_is_lost_is_an_error(tmp_path: Path) -> None:
    assert language_beside(tmp_path) is None
    path = tmp_path / FILE_NAME
    LanguageModel.of_lines(["abc"]).save(path)
    assert not (tmp_path / "SHA256SUMS").exists() and language_beside(tmp_path) == path
    write_sums(tmp_path, [path.name])
    path.unlink()
    assert language_beside(tmp_path) == path
    with pytest.raises(UserError, match="is missing"):
        LanguageModel.load(path, tmp_path)


def test_a_damaged_language_model_of_the_published_model_is_copied_again(tmp_path: Path) -> None:
    for name in (FILE_NAME, "SHA256SUMS"):
        shutil.copy(PUBLISHED / name, tmp_path)
    path = tmp_path / FILE_NAME
    good = path.read_bytes()
    path.write_bytes(good[:100] + bytes([good[100] ^ 1]) + good[101:])
    with pytest.raises(UserError, match="is damaged") as caught:
        LanguageModel.load(path)
    subprocess.run(caught.value.cure, shell=True, check=True)
    assert path.read_bytes() == good
    LanguageModel.load(path)


@pytest.mark.parametrize("sums", ["garbage\n", ""])
def test_damaged_sums_of_a_copied_model_are_copied_again(tmp_path: Path, sums: str) -> None:
    path = tmp_path / "bản sao" / "language_vi.json.gz"
    path.parent.mkdir()
    shutil.copy(PUBLISHED / path.name, path)
    write_text(path.with_name("SHA256SUMS"), sums)
    with pytest.raises(UserError, match="SHA256SUMS is damaged") as caught:
        LanguageModel.load(path, path.parent)
    subprocess.run(caught.value.cure, shell=True, check=True)
    good = (PUBLISHED / "SHA256SUMS").read_bytes()
    assert path.with_name("SHA256SUMS").read_bytes() == good
    LanguageModel.load(path, path.parent)
    # Of a model that is not the published one, no command restores the sums.
    LanguageModel.of_lines(["abc"]).save(path)
    write_text(path.with_name("SHA256SUMS"), sums)
    with pytest.raises(UserError, match="SHA256SUMS is damaged") as caught:
        LanguageModel.load(path, path.parent)
    assert caught.value.cure == "copy or download it again"


def test_a_folder_or_a_device_is_no_language_model(tmp_path: Path) -> None:
    found = {tmp_path: "is a folder"}
    if os.name != "nt":
        found[Path("/dev/null")] = "is a device or a pipe, not a file"
    for path, what in found.items():
        with pytest.raises(UserError, match=what) as caught:
            LanguageModel.load(path, tmp_path)
        assert "--output" not in caught.value.cure


def _likeliest_text(probabilities: np.ndarray) -> str:
    """The text with the largest sum over all paths, by trying every path."""
    sums: dict[str, float] = {}
    for path in product(range(probabilities.shape[1]), repeat=len(probabilities)):
        weight = float(np.prod(probabilities[range(len(path)), path]))
        merged = [c for i, c in enumerate(path) if c and (i == 0 or path[i - 1] != c)]
        text = "".join(CHARSET.classes[index] for index in merged)
        sums[text] = sums.get(text, 0.0) + weight
    return max(sums, key=sums.__getitem__)


@pytest.mark.parametrize("seed", range(20))
def test_a_search_that_keeps_every_text_is_exact(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ppocr_ext.infer.beam.WIDTH", 10_000)
    monkeypatch.setattr("ppocr_ext.infer.beam.MARGIN", 1e6)
    monkeypatch.setattr("ppocr_ext.infer.beam.LEAST", 0.0)
    probabilities = np.random.default_rng(seed).dirichlet(np.ones(4), size=5)
    padded = np.concatenate([probabilities, np.full((5, 4), 1e-12)], axis=1)  # 8 classes
    classes = [*CHARSET.classes, *"defg"]
    assert search(padded, classes, NOTHING) == _likeliest_text(probabilities)


def test_the_model_decides_between_likely_letters() -> None:
    model = LanguageModel.of_lines(["ab"] * 50, min_count=1)
    model.weights = Weights(1.0, 0.0)
    unsure = np.array([[0.02, 0.96, 0.01, 0.01], [0.02, 0.02, 0.46, 0.50]])
    padded = np.concatenate([unsure, np.full((2, 4), 1e-9)], axis=1)
    charset = Charset("abcdefg", use_space_char=False)
    assert read_output([padded], [""], charset).text == "ac"
    reading = read_output([padded], [""], charset, language=model)
    assert reading.text == "ab"
    assert reading.confidence == pytest.approx((0.96 + 0.50) / 2)


def test_the_model_knows_how_lines_end() -> None:
    model = LanguageModel.of_lines(["ab", "ab", "aca", "aca", "aca"], min_count=1)
    model.weights = Weights(1.0, 0.0)
    unsure = np.full((3, 8), 1e-9)
    unsure[0, 1] = unsure[1, 0] = 0.98  # a, blank; then b, which ends lines, or the more common c
    unsure[2, 2:4] = 0.495
    charset = Charset("abcdefg", use_space_char=False)
    assert read_output([unsure], [""], charset, language=model).text == "ab"


def test_weaker_weights_are_taken_where_they_bring_nearly_as_much(
    model_folder: Path, line_set: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ppocr_ext.infer import Recognizer
    from ppocr_ext.infer import build_language as building

    model, recognizer = LanguageModel.of_lines(["abc"]), Recognizer(model_folder, threads=1)

    def chosen(*sets: list[float]) -> Weights:
        """Of CERs: greedy, then with each weight."""
        rates = iter(np.array(sets).T)
        monkeypatch.setattr(building, "_character_error_rates", lambda *_: next(rates))
        building.tune(model, recognizer, [line_set] * len(sets), 1)
        return model.weights

    falling = [0.10, 0.09, 0.06, 0.052, 0.05, 0.06, 0.07]
    assert chosen(falling) == building.TRIED[2]
    # what another set would lose by is not taken, however much this one gains
    assert chosen(falling, [0.02, 0.02, 0.0205, 0.022, 0.03, 0.03, 0.03]) == building.TRIED[1]
    with pytest.raises(UserError, match="does not help"):
        chosen([0.1] * 7)


def test_the_weights_rise_where_the_network_is_not_sure() -> None:
    weak, strong = Weights(0.2, 0.5), Weights(0.8, 1.6)
    assert weak.at(1.0) == weak.at(0.97) == weak
    assert weak.at(0.935) == pytest.approx((0.4, 0.9))
    assert weak.at(0.9) == pytest.approx((0.6, 1.3)) == weak.at(0.0)
    assert strong.at(0.0) == strong


def test_print_without_marks_gets_none() -> None:
    assert (
        is_unmarked("Khach hang: 12.000") and is_unmarked("") and is_unmarked("o dạt H-CT2 thuoc")
    )
    assert not is_unmarked("Khách hàng thanh toan") and not is_unmarked("Thủy")
    model = LanguageModel.of_lines(["cá cá"] * 9, min_count=1)
    model.weights = Weights(1.0, 0.0)
    charset = Charset("caábde", use_space_char=True)
    steps = np.full((5, 8), 1e-9)
    steps[0, 1] = steps[2, 7] = steps[3, 1] = 0.98
    steps[1, 2:4] = steps[4, 2:4] = 0.5, 0.45  # a, and the á that the model expects
    assert read_output([steps], [""], charset).text == "ca ca"
    assert read_output([steps], [""], charset, language=model).text == "ca ca"
    steps[1, 2:4] = 0.45, 0.5  # a line with marks
    assert read_output([steps], [""], charset, language=model).text == "cá cá"


def test_sure_lines_are_not_searched() -> None:
    assert not needs_search(np.array([[0.97, 0.03], [0.01, 0.99]]))
    assert needs_search(np.array([[0.97, 0.03], [0.45, 0.55]]))


def test_a_recogniser_with_a_model_and_a_tool_that_tunes_it(
    model_folder: Path, line_set: Path, tmp_path: Path
) -> None:
    from ppocr_ext.infer import Recognizer
    from ppocr_ext.infer.build_language import TRIED, tune

    texts = [line.split("\t")[1] for line in line_set.read_text(encoding="utf-8").splitlines()]
    model = LanguageModel.of_lines(texts * 3)
    table = tune(model, Recognizer(model_folder, threads=1), [line_set], 6)
    assert model.weights in TRIED
    assert len(table) == 1 + len(TRIED)
    model.save(tmp_path / "language.gz")
    images = sorted(line_set.parent.glob("*.png"))
    plain = Recognizer(model_folder).read(images)
    helped = Recognizer(model_folder, language_model=tmp_path / "language.gz").read(images)
    right = [sum(r.text == t for r, t in zip(rs, texts, strict=True)) for rs in (plain, helped)]
    assert right[1] > right[0]
    with pytest.raises(UserError, match="alternatives"):
        Recognizer(model_folder, alternatives=1, language_model=tmp_path / "language.gz")


def test_drawn_texts_are_of_every_look_and_have_their_marks() -> None:
    texts = draw_lines(600)
    assert len(set(texts)) > 400 and texts == draw_lines(600) != draw_lines(600, seed=1)
    assert any("UBND" in text or "Quyết định" in text for text in texts)
    assert any(text.isupper() for text in texts) and max(map(len, texts)) > 80
    assert sum(map(is_unmarked, texts)) < 0.4 * len(texts)  # numbers and codes among them


def test_own_texts_count_more_than_drawn_ones() -> None:
    drawn = ["Ngày: 1/2"] * 5
    assert count(drawn, []).log_probability(":", "Ngày") > math.log(0.5)
    model = count(drawn, ["Ngày : 1/2"])
    assert model.log_probability(" ", "Ngày") > model.log_probability(":", "Ngày")


def test_the_own_labels_of_a_run_are_those_that_were_not_drawn(
    tmp_path: Path, trained_run: Path
) -> None:
    names = {}
    for name in ("own", "drawn", "moved"):
        (tmp_path / name).mkdir()
        names[name] = tmp_path / name / "train.txt"
        write_text(names[name], "a.png\tTiếng Việt\nb.png\tđịnh\n")
    write_text(tmp_path / "drawn" / "manifest.json", "{}")
    names["moved"].unlink()
    labels = f"[{', '.join(path.as_posix() for path in names.values())}]"
    config = load_config(trained_run / "latest.yml", [f"Train.dataset.label_file_list={labels}"])
    run = tmp_path / "run"
    run.mkdir()
    write_text(run / "latest.yml", dump_yaml(config.tree))
    (run / "latest.pdparams").touch()
    assert own_labels(find_model(run)) == [names["own"]]
    assert own_texts(own_labels(find_model(run))) == ["Tiếng Việt", "định"]
    assert (
        own_labels(find_model(PUBLISHED / "inference")) == own_labels(find_model(PUBLISHED)) == []
    )


def test_steps_without_a_likely_class_are_searched_too() -> None:
    classes = [str(index) for index in range(2000)]
    flat = np.full((3, 2000), 1 / 2000)
    assert isinstance(search(flat, classes, NOTHING), str)


def test_the_model_beside_a_network_is_used_unless_told_not_to(
    model_folder: Path, line_set: Path, tmp_path: Path
) -> None:
    from ppocr_ext.infer import Recognizer

    folder = tmp_path / "inference"
    shutil.copytree(model_folder, folder)
    assert Recognizer(folder).language is None
    LanguageModel.of_lines(["abc"]).save(folder / FILE_NAME)
    assert Recognizer(folder).language is not None
    assert Recognizer(folder, language_model=None).language is None
    assert Recognizer(folder, alternatives=1).language is None
    (tmp_path / "latest.pdparams").touch()
    assert find_model(tmp_path / "latest.pdparams").home == tmp_path
    assert find_model(folder).home == folder


def test_a_model_that_does_not_help_is_refused(model_folder: Path, line_set: Path) -> None:
    from ppocr_ext.infer import Recognizer
    from ppocr_ext.infer.build_language import tune

    with pytest.raises(UserError, match="does not help"):
        tune(LanguageModel.of_lines(["zzz"] * 9), Recognizer(model_folder), [line_set], 6)
