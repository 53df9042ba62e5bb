"""Whole runs over a small set: output, resume, shards, scores and review."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from ppocr_ext import locks
from ppocr_ext.cli.infer_rec import engine_of
from ppocr_ext.errors import UserError
from ppocr_ext.files import STANDARD_OUTPUT
from ppocr_ext.infer import Recognizer
from ppocr_ext.infer.predict import PredictOptions, predict
from ppocr_ext.infer.shards import Shard
from ppocr_ext.infer.sources import Item, Source, StreamSource, open_source

PLAIN = PredictOptions()


@pytest.fixture(scope="module")
def recognizer(model_folder: Path) -> Recognizer:
    return Recognizer(model_folder, threads=2)


@pytest.fixture(scope="module")
def images(line_set: Path) -> Path:
    """A list of 45 images, among them three that cannot be read."""
    lines = [f"dòng {number % 6}.png" for number in range(45)]
    lines[7], lines[20], lines[44] = "none.png", "labels.txt", "none.png"
    path = line_set.parent / "list.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def whole(recognizer: Recognizer, images: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    output = tmp_path_factory.mktemp("whole") / "p.txt"
    predict(recognizer, open_source(images), output, PLAIN)
    return output.read_text(encoding="utf-8")


def test_every_image_has_a_row_in_order(whole: str, images: Path) -> None:
    rows = [row.split("\t") for row in whole.splitlines()]
    assert [row[0] for row in rows] == images.read_text(encoding="utf-8").splitlines()
    assert [row[1] for row in rows[3:5]] == ["(028) 3829 4567", "Ngày 09/11/2025"]
    assert rows[7][1:] == ["", "0.0000", "no such file"]
    assert rows[20][1:] == ["", "0.0000", "not an image"]


def test_unread_images_are_counted_and_named(recognizer, images: Path, tmp_path: Path) -> None:
    summary = predict(recognizer, open_source(images), tmp_path / "p.txt", PLAIN)
    assert summary.findings is not None
    assert (summary.findings.rows, summary.findings.unread.total) == (45, 3)
    text = summary.describe(tmp_path / "p.txt")
    assert "not read: none.png, none.png: no such file" in text
    assert "3 of 45 images could not be read" in text


class Dying:
    """A source that is killed after some images."""

    def __init__(self, source: Source, after: int) -> None:
        self._source, self._after = source, after
        self.size, self.fingerprint = source.size, source.fingerprint
        self.has_truth = source.has_truth

    def items(self, start: int = 0, stop: int | None = None) -> Iterator[Item]:
        for number, item in enumerate(self._source.items(start, stop)):
            if number == self._after:
                raise KeyboardInterrupt
            yield item


@pytest.mark.parametrize("after", [0, 1, 40, 44])
def test_resuming_gives_the_same_file(
    recognizer: Recognizer, images: Path, whole: str, tmp_path: Path, after: int
) -> None:
    output = tmp_path / "p.txt"
    output.write_text("from an earlier run\n", encoding="utf-8")
    source = open_source(images)
    with pytest.raises(KeyboardInterrupt):
        predict(recognizer, Dying(source, after), output, PLAIN)
    assert output.read_text(encoding="utf-8") == "from an earlier run\n"
    summary = predict(recognizer, source, output, PredictOptions(resume=True))
    assert output.read_text(encoding="utf-8") == whole
    assert summary.findings is not None
    assert summary.findings.rows == 45


@pytest.mark.parametrize("world", [2, 5])
def test_shards_join_to_the_same_file(
    recognizer: Recognizer, images: Path, whole: str, tmp_path: Path, world: int
) -> None:
    output, source = tmp_path / "p.txt", open_source(images)
    results = {}

    def work(rank: int) -> None:
        results[rank] = predict(recognizer, source, output, PLAIN, Shard(rank, world))

    threads = [threading.Thread(target=work, args=(rank,)) for rank in range(world)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert output.read_text(encoding="utf-8") == whole
    assert [path.name for path in tmp_path.iterdir()] == ["p.txt"]
    assert [results[rank].findings is None for rank in range(world)] == [False] + [True] * (
        world - 1
    )


def test_a_stale_share_of_other_images_is_not_joined(
    recognizer: Recognizer, images: Path, line_set: Path, whole: str, tmp_path: Path
) -> None:
    output = tmp_path / "p.txt"
    predict(recognizer, open_source(line_set), output, PLAIN, Shard(1, 2))
    waiting = threading.Thread(
        target=predict, args=(recognizer, open_source(images), output, PLAIN, Shard(0, 2))
    )
    waiting.start()
    waiting.join(1.0)
    assert not output.exists()
    predict(recognizer, open_source(images), output, PLAIN, Shard(1, 2))
    waiting.join(60)
    assert output.read_text(encoding="utf-8") == whole


def test_finished_shards_are_not_read_again(
    recognizer: Recognizer, images: Path, tmp_path: Path
) -> None:
    output, source = tmp_path / "p.txt", open_source(images)
    first = predict(recognizer, source, output, PLAIN, Shard(1, 2))
    again = predict(recognizer, source, output, PredictOptions(resume=True), Shard(1, 2))
    assert (first.read, again.read) == (23, 0)


@pytest.mark.parametrize(("size", "world"), [(0, 3), (2, 3), (45, 4), (1_000_003, 7)])
def test_shares_cover_everything_once(size: int, world: int) -> None:
    shares = [Shard(rank, world).share(size) for rank in range(world)]
    assert shares[0][0] == 0
    assert shares[-1][1] == size
    assert all(left[1] == right[0] for left, right in pairwise(shares))
    lengths = [stop - start for start, stop in shares]
    assert max(lengths) - min(lengths) <= 1


def test_labels_give_scores_and_a_list_of_errors(
    recognizer: Recognizer, line_set: Path, tmp_path: Path
) -> None:
    output = tmp_path / "p.jsonl"
    options = PredictOptions(min_confidence=0.95)
    summary = predict(recognizer, open_source(line_set), output, options)
    found = summary.findings
    assert found is not None
    rows = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    truths = [line.split("\t")[1] for line in line_set.read_text(encoding="utf-8").splitlines()]
    wrong = [
        (row["image"], truth)
        for row, truth in zip(rows, truths, strict=True)
        if row["text"] != truth
    ]
    assert found.scores["acc"] == pytest.approx(1 - len(wrong) / 6)
    errors = (tmp_path / "p.errors.txt").read_text(encoding="utf-8").splitlines()
    assert [tuple(line.split("\t")[:2]) for line in errors] == wrong
    low = [row["image"] for row in rows if row["confidence"] < 0.95]
    review = (tmp_path / "p.review.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["image"] for line in review] == low
    assert 0 < len(low) == found.low < 6
    assert 0 <= found.scores["ece"] < 1


def test_options_that_do_not_fit_are_refused(
    model_folder: Path, recognizer: Recognizer, images: Path, tmp_path: Path
) -> None:
    source, output = open_source(images), tmp_path / "p.txt"
    with pytest.raises(UserError, match="--bom cannot be used"):
        predict(recognizer, source, output, PredictOptions(bom=True))
    detailed = Recognizer(model_folder, alternatives=3)
    with pytest.raises(UserError, match="--alternatives cannot be used"):
        predict(detailed, source, output, PLAIN)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="pipes with names of their own")
def test_a_pipe_gets_the_rows_as_they_are_read(
    recognizer: Recognizer, images: Path, whole: str, tmp_path: Path
) -> None:
    pipe, found = tmp_path / "pipe", list[str]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: found.append(pipe.read_text(encoding="utf-8")))
    reader.start()
    summary = predict(recognizer, open_source(images), pipe, PLAIN)
    reader.join(60)
    assert found == [whole]
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]
    assert summary.findings is not None and summary.findings.rows == 45
    assert "wrote" not in summary.describe(pipe)


@pytest.mark.parametrize(
    ("options", "shard", "named"),
    [
        (PredictOptions(resume=True), Shard(), "--resume"),
        (PredictOptions(min_confidence=0.9), Shard(), "--min-confidence"),
        (PLAIN, Shard(0, 2), "a share of several processes"),
    ],
)
def test_what_needs_a_file_does_not_fit_standard_output(
    recognizer: Recognizer, images: Path, options: PredictOptions, shard: Shard, named: str
) -> None:
    with pytest.raises(UserError, match=f"{named} cannot be used with the output") as caught:
        predict(recognizer, open_source(images), STANDARD_OUTPUT, options, shard)
    assert "--output predicts_rec" in caught.value.cure


def test_an_image_named_by_another_program_is_not_overwritten(
    recognizer: Recognizer, line_set: Path, tmp_path: Path
) -> None:
    """Its name comes when others have been read already."""
    names = [tmp_path / f"{number}.png" for number in range(3)]
    for number, name in enumerate(names):
        shutil.copyfile(line_set.parent / f"dòng {number}.png", name)
    before = names[2].read_bytes()
    source = StreamSource(f"{name}\n" for name in names)
    with pytest.raises(UserError, match="is among the images that are read"):
        predict(recognizer, source, names[2], PredictOptions(format="txt"))
    assert names[2].read_bytes() == before


def test_one_process_at_a_time_writes_an_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "PATIENCE", 0.0)
    output = tmp_path / "p.txt"
    with Shard(0, 2).only_writer(output):
        for other in (Shard(), Shard(0, 2), Shard(0, 4)):
            with pytest.raises(UserError, match=f"written by process {os.getpid()}") as caught:
                other.only_writer(output).__enter__()
            assert f"--output {(tmp_path / 'p_2.txt').as_posix()}" in caught.value.cure
        with Shard(1, 2).only_writer(output):  # of the same job
            pass
    assert not list(tmp_path.iterdir())


def test_a_few_images_are_read_by_what_starts_soonest() -> None:
    assert [engine_of("auto", images) for images in (1, 99)] == ["float32"] * 2
    assert [engine_of("auto", images) for images in (100, None)] == ["auto"] * 2
    assert engine_of("openvino", 1) == "openvino"
