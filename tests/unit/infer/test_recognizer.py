"""The Python API: real readings, in order, from threads, with every engine."""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from ppocr_ext.checksums import sha256_of
from ppocr_ext.errors import UserError
from ppocr_ext.infer import Reading, Recognizer
from ppocr_ext.infer.model import model_folder as find_model_folder
from ppocr_ext.infer.recognizer import CHUNK
from ppocr_ext.scores.recognition import RecognitionMetric


@pytest.fixture(scope="module")
def recognizer(model_folder: Path) -> Recognizer:
    return Recognizer(model_folder, threads=2)


@pytest.fixture(scope="module")
def paths(line_set: Path) -> list[Path]:
    return sorted(line_set.parent.glob("*.png"))


@pytest.fixture(scope="module")
def readings(recognizer: Recognizer, paths: list[Path]) -> list[Reading]:
    return recognizer.read(paths)


def _pixels(path: Path) -> np.ndarray:
    return cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)


def test_plain_lines_are_read_right(readings: list[Reading]) -> None:
    assert readings[3].text == "(028) 3829 4567"
    assert readings[4].text == "Ngày 09/11/2025"
    assert all(0.5 < reading.confidence <= 1 and not reading.error for reading in readings)


def test_arrays_bytes_and_strings_read_like_paths(
    recognizer: Recognizer, paths: list[Path], readings: list[Reading]
) -> None:
    mixed = [_pixels(paths[0]), paths[1].read_bytes(), str(paths[2])]
    assert recognizer.read(mixed) == readings[:3]


def test_one_image_gives_one_reading(
    recognizer: Recognizer, paths: list[Path], readings: list[Reading]
) -> None:
    path, data = paths[3], paths[3].read_bytes()
    grey = cv2.cvtColor(_pixels(path), cv2.COLOR_BGR2GRAY)
    for image in (path, str(path), data, bytearray(data), memoryview(data), _pixels(path), grey):
        assert recognizer.read(image) == readings[3]
    with Image.open(path) as picture:
        assert recognizer.read(picture) == readings[3]
        assert recognizer.read([picture.convert("CMYK")])[0].text == readings[3].text
    assert recognizer.read("none.png") == ("", 0.0, "no such file", ())


def test_anything_to_go_through_gives_a_list(
    recognizer: Recognizer, paths: list[Path], readings: list[Reading]
) -> None:
    assert recognizer.read(path for path in paths[2:4]) == readings[2:4]
    assert recognizer.read((paths[3],)) == readings[3:4]
    assert recognizer.read(np.array([str(paths[3])])) == readings[3:4]
    assert recognizer.read(np.stack([_pixels(paths[3])] * 2)) == readings[3:4] * 2
    assert recognizer.read([]) == recognizer.read(iter(())) == []


@pytest.mark.parametrize(
    "image",
    [
        None,
        7,
        {"image": "a.png"},
        [b""],
        np.full((48, 99, 3), np.nan),
        np.full((48, 99, 3), 256.0),
        np.full((48, 99), -1, np.int16),
        np.zeros((3, 48, 99), np.float32),
        np.zeros((48, 99), complex),
        np.array([b"no pixels"]),
        Image.new("RGB", (0, 48)),
    ],
    ids=lambda image: f"{type(image).__name__} {getattr(image, 'dtype', '')}",
)
def test_one_bad_item_is_one_reading_with_its_error(
    recognizer: Recognizer, paths: list[Path], readings: list[Reading], image: object
) -> None:
    first, bad, last = recognizer.read([paths[3], image, paths[4]])
    assert [first, last] == readings[3:5]
    assert bad.text == "" and bad.confidence == 0.0 and len(bad.error) > 10


@pytest.mark.parametrize("images", [None, 7, 2.5, object()])
def test_what_is_no_image_nor_several_is_explained(recognizer: Recognizer, images: object) -> None:
    for read in (recognizer.read, recognizer.stream):
        with pytest.raises(UserError, match="neither an image nor several"):
            read(images)


@pytest.mark.parametrize(
    ("images", "kind"),
    [
        ({"image": "a.png"}, "dict"),
        ({"a.png", "b.png"}, "set"),
        (frozenset(["a.png"]), "frozenset"),
        ({"a.png": b""}.keys(), "dict_keys"),
    ],
)
def test_what_has_no_order_of_images_is_refused(
    recognizer: Recognizer, images: object, kind: str
) -> None:
    for read in (recognizer.read, recognizer.stream):
        with pytest.raises(UserError, match=rf"a {kind} of images[\s\S]*a list or a generator"):
            read(images)


def test_an_open_file_is_no_list_of_its_lines(recognizer: Recognizer, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((48, 99, 3), np.uint8))
    with (
        open(tmp_path / "a.png", "rb") as stream,
        pytest.raises(UserError, match=r"an open file[\s\S]*file\.read\(\)"),
    ):
        recognizer.read(stream)


@pytest.mark.parametrize("image", ["a.png", Path("a.png"), b"", np.zeros((48, 99, 3), np.uint8)])
def test_a_stream_of_one_image_is_explained(recognizer: Recognizer, image: object) -> None:
    with pytest.raises(UserError, match=r"read\(image\) reads one"):
        recognizer.stream(image)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threads": -1}, "threads is -1"),
        ({"threads": 0}, "threads is 0"),
        ({"threads": 1.5}, "threads is 1.5"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"batch_size": True}, "batch_size is True"),
        ({"alternatives": -1}, "alternatives is -1"),
        ({"alternatives": "2"}, "alternatives is '2'"),
        ({"language_model": ""}, "language_model is empty"),
        ({"language_model": 5}, "language_model is 5"),
        ({"model": b"run"}, "model is b'run'"),
        ({"invert": "yes"}, "unknown invert 'yes'"),
        ({"engine": "tensorrt"}, "unknown engine 'tensorrt'"),
        ({"model": ""}, "holds no model"),
    ],
)
def test_wrong_arguments_are_refused_at_once(options: dict, message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        Recognizer(**{"model": tmp_path, **options})


def test_bad_images_keep_their_place(
    recognizer: Recognizer, paths: list[Path], readings: list[Reading]
) -> None:
    found = recognizer.read([paths[0], b"", "none.png", paths[1]])
    assert [reading.error for reading in found] == ["", "empty file", "no such file", ""]
    assert [found[0], found[3]] == readings[:2]


def test_neighbours_batches_and_threads_change_nothing(
    model_folder: Path, paths: list[Path], readings: list[Reading]
) -> None:
    for options in ({"threads": 1}, {"threads": 3}, {"threads": 1, "batch_size": 3}):
        other = Recognizer(model_folder, **options)
        found = other.read([*paths[::-1], *paths[::-1]])[len(paths) :][::-1]
        assert [reading.text for reading in found] == [reading.text for reading in readings]
        np.testing.assert_allclose(
            [reading.confidence for reading in found],
            [reading.confidence for reading in readings],
            atol=1e-5,
        )


@pytest.mark.parametrize(
    ("count", "size"),
    [(None, 128), (0, 1), (1, 1), (7, 4), (256, 128), (260, 65), (200, 100), (10_000, 125)],
)
def test_both_threads_get_as_many_images(
    recognizer: Recognizer, count: int | None, size: int
) -> None:
    assert recognizer._chunk_size(count) == size


def test_lines_of_one_width_are_computed_four_at_a_time_with_openvino(
    model_folder: Path, paths: list[Path]
) -> None:
    recognizer = Recognizer(model_folder, "openvino", threads=1)
    assert recognizer.batch_size == 4
    assert Recognizer(model_folder, "float32", threads=1).batch_size == 1
    (alone,) = recognizer.read(paths[3:4])
    seen, engine = [], recognizer._engine
    recognizer._engine = lambda images: seen.append(len(images)) or engine(images)
    assert recognizer.read(paths[3:4] * 6) == [alone] * 6
    assert seen == [4, 2]


def test_crops_of_a_page_read_as_each_does_alone(recognizer: Recognizer, paths: list[Path]) -> None:
    crops = [_pixels(path) for path in paths] * 3
    assert recognizer.read_crops(crops) == [recognizer.read_crops([crop])[0] for crop in crops]
    assert recognizer.read_crops([]) == []


def test_paddle_and_onnxruntime_read_the_same(model_folder: Path, paths: list[Path]) -> None:
    theirs, ours = (
        Recognizer(model_folder, name).read(paths) for name in ("paddle", "onnxruntime")
    )
    assert [reading.text for reading in theirs] == [reading.text for reading in ours]
    for their, our in zip(theirs, ours, strict=True):
        assert their.confidence == pytest.approx(our.confidence, abs=1e-4)


def test_openvino_reads_nearly_the_same(model_folder: Path, paths: list[Path]) -> None:
    found, exact = (
        Recognizer(model_folder, name).read(paths) for name in ("openvino", "onnxruntime")
    )
    metric = RecognitionMetric()
    metric.update([reading.text for reading in found], [reading.text for reading in exact])
    assert metric.summary()["cer"] <= 0.02  # of six lines, some with letters it never learnt
    for ours, theirs in zip(found, exact, strict=True):
        assert ours.confidence == pytest.approx(theirs.confidence, abs=0.02)


def test_one_recogniser_serves_several_threads(
    recognizer: Recognizer, paths: list[Path], readings: list[Reading]
) -> None:
    results: dict[int, list[Reading]] = {}

    def work(number: int) -> None:
        results[number] = recognizer.read(paths[number:] + paths[:number])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for number in range(4):
        assert results[number] == readings[number:] + readings[:number]


def test_light_text_reads_like_dark(
    recognizer: Recognizer, paths: list[Path], readings: list[Reading]
) -> None:
    (found,) = recognizer.read([255 - _pixels(paths[3])])
    assert found.text == readings[3].text


def test_a_very_wide_line_is_cut_and_joined(recognizer: Recognizer, paths: list[Path]) -> None:
    lines = [_pixels(paths[index]) for index in (3, 4) * 10]
    gap = np.full((48, 16, 3), 255, np.uint8)
    wide = np.concatenate([part for line in lines for part in (line, gap)], axis=1)
    (found,) = recognizer.read([wide])
    assert wide.shape[1] > 4000
    assert found.text == " ".join(["(028) 3829 4567", "Ngày 09/11/2025"] * 10)


def test_alternatives(model_folder: Path, paths: list[Path]) -> None:
    (found,) = Recognizer(model_folder, threads=1, alternatives=2).read(paths[3:4])
    assert "".join(character.text for character in found.characters) == found.text
    assert np.mean([character.confidence for character in found.characters]) == pytest.approx(
        found.confidence, abs=1e-3
    )
    assert all(len(character.alternatives) == 2 for character in found.characters)


def test_streams_do_not_read_ahead_without_end(recognizer: Recognizer, paths: list[Path]) -> None:
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield paths[3]

    stream = recognizer.stream(endless())
    assert next(stream).text == "(028) 3829 4567"
    stream.close()
    assert len(taken) <= CHUNK * 5
    assert recognizer.read([]) == []


def test_a_checkpoint_is_exported_once_beside_itself(
    trained_run: Path, paths: list[Path], readings: list[Reading]
) -> None:
    first = find_model_folder(trained_run)
    assert first.parent == trained_run / "inference_cache"
    written = (first / "inference.onnx").stat().st_mtime_ns
    assert find_model_folder(trained_run / "latest") == first
    assert find_model_folder(trained_run / "best_accuracy.pdparams") == first
    assert (first / "inference.onnx").stat().st_mtime_ns == written
    (found,) = Recognizer(trained_run, threads=1).read(paths[3:4])
    assert found.text == readings[3].text


def test_other_weights_are_exported_again(trained_run: Path, tmp_path: Path) -> None:
    from ppocr_ext.infer.model import _is_of

    cached = find_model_folder(trained_run)
    changed = tmp_path / "latest.pdparams"
    changed.write_bytes((trained_run / "latest.pdparams").read_bytes() + b"\0")
    assert _is_of(cached, sha256_of(trained_run / "latest.pdparams"))
    assert not _is_of(cached, sha256_of(changed))


def test_no_model_is_explained(tmp_path: Path, model_folder: Path) -> None:
    with pytest.raises(UserError, match="latest does not exist"):
        Recognizer(tmp_path / "latest")
    with pytest.raises(UserError, match="unknown engine 'tensorrt'"):
        Recognizer(model_folder, engine="tensorrt")


def test_fingerprints_tell_who_may_continue_with_whose_rows(model_folder: Path) -> None:
    exact, other, rounded = (
        Recognizer(model_folder, name).fingerprint for name in ("onnxruntime", "paddle", "openvino")
    )
    assert exact == other != rounded
