"""Joining predictions with labels."""

from __future__ import annotations

from pathlib import Path

import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.scores.pairs import read_pairs

LABELS = "images/a/1.png\tViệt Nam\nimages/a/2.png\tế\nimages/b/1.png\t\n"


def files(folder: Path, predictions: str, name: str = "predicts.txt") -> tuple[Path, Path]:
    labels, written = folder / "val.txt", folder / name
    labels.write_text(LABELS, encoding="utf-8", newline="\n")
    written.write_text(predictions, encoding="utf-8", newline="\n")
    return written, labels


@pytest.mark.parametrize(
    ("name", "predictions"),
    [
        ("p.txt", "images/a/1.png\tViet Nam\t0.9\nimages/a/2.png\tế\t0.5\nimages/b/1.png\t\t0.0\n"),
        (
            "p.jsonl",
            '{"image": "images/a/1.png", "text": "Viet Nam", "confidence": 0.9}\n'
            '{"image": "images/a/2.png", "text": "ế", "confidence": 0.5}\n'
            '{"image": "images/b/1.png", "text": "", "confidence": 0.0}\n',
        ),
        (
            "p.csv",
            "image,text,confidence,error\nimages/a/1.png,Viet Nam,0.9,\n"
            "images/a/2.png,ế,0.5,\nimages/b/1.png,,0.0,\n",
        ),
    ],
)
def test_every_format_of_predictions(vietnamese_path: Path, name: str, predictions: str) -> None:
    pairs = read_pairs(*files(vietnamese_path, predictions, name))
    assert [tuple(pair) for pair in pairs.lines] == [
        ("images/a/1.png", "Việt Nam", "Viet Nam", 0.9),
        ("images/a/2.png", "ế", "ế", 0.5),
        ("images/b/1.png", "", "", 0.0),
    ]
    assert (pairs.missing, pairs.unused) == (0, 0)


def test_another_engines_file_without_confidences_and_with_other_folders(tmp_path: Path) -> None:
    """2.png is joined by its name; 1.png is the name of two labelled images, but of one read."""
    pairs = read_pairs(*files(tmp_path, ".\\images\\a\\1.png\tA\n/data/crops/2.png\tB\nx.png\tC\n"))
    assert [(pair.prediction, pair.confidence) for pair in pairs.lines[:2]] == [
        ("A", None),
        ("B", None),
    ]
    assert pairs.unused == 1


def test_lines_without_a_prediction_count_as_read_empty(tmp_path: Path) -> None:
    pairs = read_pairs(*files(tmp_path, "images/a/2.png\tế\n"))
    assert pairs.missing == 2
    assert [pair.prediction for pair in pairs.lines] == ["", "ế", ""]


@pytest.mark.parametrize("image", ["2.png", "a/2.png", "/data/images/a/2.png", "x/2.png"])
def test_only_paths_prove_that_both_are_of_the_same_images(tmp_path: Path, image: str) -> None:
    written = files(tmp_path, f"{image}\tế\n")
    if image == "x/2.png":
        with pytest.raises(UserError, match="no image in common, only 1 name of files"):
            read_pairs(*written)
    else:
        assert read_pairs(*written).lines[1].prediction == "ế"


@pytest.mark.parametrize(
    ("name", "predictions", "message"),
    [
        ("Label.txt", 'images/a/1.png\t[{"transcription": "A", "points": []}]', "boxes of a page"),
        ("p.json", '[\n{"image": "images/a/1.png", "text": "A"}]', "line 1 holds boxes"),
        ("p.jsonl", '{"image": "images/a/1.png"}', "no 'text'"),
        ("p.jsonl", '{\n"image": "images/a/1.png", "text": "A"}', "cannot be understood"),
        ("p.csv", "path,label\nimages/a/1.png,A\n", "no 'image'"),
        ("p.txt", "images/a/1.png\nimages/a/2.png\n", "holds no text that was read"),
        ("p.txt", "", "holds no text that was read"),
        ("p.txt", "images/a/1.png\t\udce9", "utf-8"),
    ],
)
def test_what_is_no_predictions_is_refused(
    tmp_path: Path, name: str, predictions: str, message: str
) -> None:
    written, labels = files(tmp_path, "", name)
    written.write_bytes(predictions.encode("utf-8", "surrogateescape"))
    with pytest.raises(UserError, match=message):
        read_pairs(written, labels)


@pytest.mark.parametrize("number", ["93", "-1", "nan"])
def test_percents_are_no_confidences(tmp_path: Path, number: str) -> None:
    with pytest.raises(UserError, match=f"the confidence {number} is not from 0 to 1"):
        read_pairs(*files(tmp_path, f"images/a/2.png\tế\t{number}\n"))


def test_labels_are_not_their_own_predictions(tmp_path: Path) -> None:
    _, labels = files(tmp_path, "")
    with pytest.raises(UserError, match="both as readings and as labels"):
        read_pairs(labels, labels)


def test_files_that_have_nothing_in_common_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no image in common[\s\S]*other.png"):
        read_pairs(*files(tmp_path, "other.png\tế\n"))
    with pytest.raises(UserError, match=r"cure: +read them: \S+ \S+infer_rec.py --labels"):
        read_pairs(*files(tmp_path, "other.png\tế\n"))
    with pytest.raises(UserError, match="--labels"):
        read_pairs(tmp_path / "predicts.txt", tmp_path / "none.txt")
    with pytest.raises(UserError, match="--readings"):
        read_pairs(tmp_path / "none.txt", tmp_path / "val.txt")


def test_a_repeated_image_counts_once_and_only_if_its_readings_agree(tmp_path: Path) -> None:
    again = "images/a/2.png\tế\t0.9\n.\\images\\a\\2.png\tế\t0.5\n"
    pairs = read_pairs(*files(tmp_path, again))
    assert pairs.repeated == ["images/a/2.png"] and pairs.missing == 2
    with pytest.raises(UserError, match=r"a/2\.png more than once, read as 'ế' and 'e'"):
        read_pairs(*files(tmp_path, "images/a/2.png\tế\nimages/a/2.png\te\n"))


def test_a_name_that_two_labelled_images_have_tells_none_of_them(tmp_path: Path) -> None:
    labels, predictions = tmp_path / "val.txt", tmp_path / "read.txt"
    labels.write_text("a/1.png\tmột\nb/1.png\thai\nb/2.png\tba\n", encoding="utf-8")
    predictions.write_text("a/1.png\tmột\nc/2.png\tba\n", encoding="utf-8")
    pairs = read_pairs(predictions, labels)
    assert [pair.prediction for pair in pairs.lines] == ["một", "", "ba"]
    assert (pairs.missing, pairs.unused) == (1, 0)
    predictions.write_text("1.png\tmột\n", encoding="utf-8")
    with pytest.raises(UserError, match="no image in common"):
        read_pairs(predictions, labels)


def test_the_longest_end_of_a_path_tells_images_of_one_name_apart(tmp_path: Path) -> None:
    labels, predictions = tmp_path / "val.txt", tmp_path / "read.txt"
    labels.write_text("a/1.png\tmột\nb/1.png\thai\n", encoding="utf-8")
    predictions.write_text("d/b/1.png\thai\nd/a/1.png\tmột\n", encoding="utf-8")
    assert [pair.prediction for pair in read_pairs(predictions, labels).lines] == ["một", "hai"]
    predictions.write_text("d/a/1.png\tmột\n", encoding="utf-8")
    assert [pair.prediction for pair in read_pairs(predictions, labels).lines] == ["một", ""]
