"""Samples: pure functions of (seed, epoch, index); nothing bad is swapped for something good."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from ppocr_ext.data.batch import Task, make_batch
from ppocr_ext.data.dataset import LineDataset, Reason, Sample
from ppocr_ext.data.source import FolderSource
from ppocr_ext.text.charset import Charset
from ppocr_ext.transforms.augment import Augment
from ppocr_ext.transforms.resize import JoinSettings

Make = Callable[..., LineDataset]
AUGMENT = partial(Augment(), strength=1.0)


def same(left: Sample, right: Sample) -> bool:
    return np.array_equal(left.image, right.image) and left[1:] == right[1:]


def test_a_sample_is_at_the_training_height_with_its_classes(make_dataset: Make) -> None:
    dataset = make_dataset(train=False)
    sample = dataset.sample(0, 12)
    assert sample.image.shape == (48, 270, 3) and sample.image.dtype == np.uint8  # 180 x 32
    assert (sample.text, sample.path, sample.problem) == ("12", "ảnh/12.png", None)
    assert dataset.codec.charset.classes[sample.ids[1]] == "2"
    assert dataset.widths(0)[12] == 270


def test_equal_seed_epoch_and_index_give_equal_samples(make_dataset: Make) -> None:
    first, again = make_dataset(join=0.5), make_dataset(join=0.5)
    backwards = {index: again.sample(3, index, AUGMENT) for index in reversed(range(23))}
    assert all(same(first.sample(3, index, AUGMENT), backwards[index]) for index in range(23))


def test_another_seed_epoch_or_repeat_gives_another_sample(make_dataset: Make) -> None:
    images = [
        make_dataset(seed=seed).sample(epoch, index, AUGMENT).image.tobytes()
        for seed, epoch, index in [(1, 0, 5), (2, 0, 5), (1, 1, 5), (1, 0, 5 + 23)]
    ]
    assert len(set(images)) == 4


def test_labels_are_normalised(make_dataset: Make) -> None:
    dataset = make_dataset(["ảnh/9.png\tơ\u0309\u00d0"])  # ở decomposed, and ETH for Đ
    sample = dataset.sample(0, 0)
    assert sample.text == "ởĐ"
    assert sample.problem == (Reason.CHARACTERS, "characters not in the dictionary: Đ")


BAD = {
    "ảnh/9.png\txyz": "characters not in the dictionary: x y z",
    "ảnh/9.png\t": "empty label",
    "ảnh/none.png\t12": "unreadable image: no such file",
    "empty.png\t12": "unreadable image: empty file",
    "text.png\t12": "unreadable image: not an image",
    "ảnh/0.png\t" + "12" * 20: "label needs 40 CTC steps, its image gives 11",
    "ảnh/0.png\t111111": "",  # needs 6 + 5 of 11 steps
    "ảnh/0.png\t1111112": "label needs 12 CTC steps, its image gives 11",
    "ảnh/9.png": "no tab between path and text",
}


@pytest.fixture
def bad(make_dataset: Make, folder: Path) -> Make:
    (folder / "empty.png").touch()
    (folder / "text.png").write_text("not an image", encoding="utf-8")
    return partial(make_dataset, ["ảnh/1.png\t1", *BAD])


def test_what_is_wrong_with_a_sample_is_said(bad: Make) -> None:
    for train in (True, False):
        dataset = bad(train=train)
        problems = [dataset.sample(0, index).problem for index in range(len(dataset))]
        assert [each.text if each else "" for each in problems] == ["", *BAD.values()]


def test_training_skips_and_names_bad_samples(bad: Make) -> None:
    task = Task(0, 0, np.arange(10), None, 0.0, 8)
    batch = make_batch(bad(train=True), task)
    assert batch.paths == ["ảnh/1.png", "ảnh/0.png"]
    assert batch.indices.tolist() == [0, 7]
    assert [each.text for _, each in batch.skipped] == [text for text in BAD.values() if text]
    assert [each.reason.name for _, each in batch.skipped] == [
        *("CHARACTERS", "EMPTY", "UNREADABLE", "UNREADABLE", "UNREADABLE"),
        *("STEPS", "STEPS", "LINE"),
    ]


def test_evaluation_keeps_bad_samples_and_their_truth(bad: Make) -> None:
    task = Task(0, 0, np.arange(10), None, 0.0, 8)
    batch = make_batch(bad(train=False), task)
    assert len(batch) == 10 and not batch.skipped
    assert batch.texts[1:4] == ["xyz", "", "12"]
    assert batch.problems == ["", *BAD.values()]
    assert batch.lengths[1] == 0  # no loss can be computed
    assert (batch.images[3, :, : batch.widths[3]] == 255).all()  # blank


def test_usable_lines_are_known_before_training(bad: Make) -> None:
    mask, excluded = bad().usable()
    assert np.flatnonzero(mask).tolist() == [0, 7]
    assert excluded.counts == {
        "characters not in the dictionary": 1,
        "empty label": 1,
        "unreadable image": 3,
        "label too long for its image": 2,
        "no tab between path and text": 1,
    }


def test_a_batch_of_bad_samples_is_empty(bad: Make) -> None:
    batch = make_batch(bad(train=True), Task(0, 0, np.array([1, 2]), None, 0.0, 8))
    assert len(batch) == 0 and batch.images.shape == (0, 48, 8, 3) and len(batch.skipped) == 2


def test_batches_are_padded_with_zeros(make_dataset: Make) -> None:
    batch = make_batch(make_dataset(), Task(2, 5, np.array([3, 11]), None, 0.0, 32))
    assert batch.images.shape == (2, 48, 256, 3)  # 170 x 32 becomes 255 wide
    assert batch.widths.tolist() == [135, 255]
    assert not batch.images[0, :, 135:].any() and batch.images[0, :, :135].any()
    assert batch.labels.shape == (2, 2) and batch.labels[0, 1] == 0
    assert (batch.epoch, batch.number) == (2, 5)


def test_joined_lines_have_a_space_between_and_the_planned_width(make_dataset: Make) -> None:
    dataset = make_dataset(join=1.0)
    charset = Charset.from_characters("0123456789")
    dataset = LineDataset(dataset.sources, charset, train=True, join=JoinSettings(1.0, 700))
    samples = [dataset.sample(4, index) for index in range(len(dataset))]
    assert [sample.image.shape[1] for sample in samples] == dataset.widths(4).tolist()
    joined = [sample for sample in samples if " " in sample.text]
    assert 5 < len(joined) < 23 and all(sample.image.shape[1] <= 700 for sample in joined)
    assert {sample.text for sample in samples} != {
        dataset.sample(5, index).text for index in range(len(dataset))
    }


def test_several_lines_may_follow_each_from_its_own_file(folder: Path) -> None:
    other = folder / "other.txt"
    other.write_text("".join(f"ảnh/{n}.png\tx\n" for n in range(5)), encoding="utf-8")
    sources = [FolderSource(folder / "train.txt", folder), FolderSource(other, folder)]
    charset = Charset.from_characters("0123456789x")
    settings = JoinSettings(0.8, 900, lines=3)
    dataset = LineDataset(sources, charset, train=True, join=settings)
    texts = [dataset.sample(2, index).text.split() for index in range(len(dataset))]
    assert max(map(len, texts)) == 4 and min(map(len, texts)) == 1
    assert all("x" not in text for text in texts[:23])
    assert all(set(text) == {"x"} for text in texts[23:])
    widths = [dataset.sample(2, index).image.shape[1] for index in range(len(dataset))]
    assert widths == dataset.widths(2).tolist() and max(widths) <= 900


def test_evaluation_is_neither_joined_nor_drawn(make_dataset: Make) -> None:
    dataset = make_dataset(['["ảnh/1.png", "ảnh/2.png"]\t1', "ảnh/3.png\t3"], train=False, join=1.0)
    assert [dataset.sample(epoch, 0).path for epoch in range(5)] == ["ảnh/1.png"] * 5
    assert dataset.sample(0, 1).text == "3"


def test_one_of_several_images_of_a_text_is_drawn(make_dataset: Make) -> None:
    dataset = make_dataset(['["ảnh/1.png", "ảnh/2.png", "ảnh/3.png"]\t1'])
    drawn = {dataset.sample(epoch, 0).path for epoch in range(30)}
    assert drawn == {"ảnh/1.png", "ảnh/2.png", "ảnh/3.png"}


def test_sources_follow_one_another(folder: Path, charset: Charset) -> None:
    other = folder / "val.txt"
    other.write_text("ảnh/5.png\tabc\n", encoding="utf-8")
    sources = [FolderSource(folder / "train.txt", folder), FolderSource(other, folder)]
    dataset = LineDataset(sources, charset, train=True)
    assert dataset.part_sizes == [23, 1]
    assert dataset.line(22).text == "22" and dataset.line(23).text == "abc"
    assert dataset.line(24).text == "0"  # a repeat of line 0


def test_sizes_are_remembered_and_follow_the_content(folder: Path, draw: Callable) -> None:
    source = FolderSource(folder / "train.txt", folder)
    before = source.widths()
    assert list(folder.glob(".ppocr_ext_cache/*.npz"))
    (folder / "ảnh/0.png").unlink()
    assert source.widths().tolist() == before.tolist()  # remembered
    (folder / "train.txt").write_text("ảnh/0.png\t0\nảnh/1.png\t1\n", encoding="utf-8")
    changed = FolderSource(folder / "train.txt", folder)
    assert changed.widths().tolist() == [0, before[1]]
    draw(folder / "ảnh/0.png", 64)
    assert changed.widths().tolist() == [96, before[1]]  # what was unreadable is looked at again


SPACELESS = Charset.from_characters("0123456789", use_space_char=False)


@pytest.mark.parametrize(
    ("line", "settings", "found", "cure"),
    [
        ("ảnh/0.png\t1 2", {}, "spaces, which the dictionary lacks", "use_space_char: true"),
        ("ảnh/0.png\t1xyz", {}, "characters not in the dictionary", "Global.character_dict_path"),
        ("ảnh/0.png\t1212", {"max_text_length": 3}, "longer than max_", "Global.max_text_length"),
        ("ảnh/9.png\t" + "12" * 8, {"max_width": 64}, "squashed to max_width", "sampler.max_width"),
        ("ảnh/0.png\t" + "12" * 20, {}, "label too long for its image", "cut the images"),
        ("ảnh/none.png\t12", {}, "unreadable image", "check Train.dataset.data_dir"),
        ("ảnh/0.png\t", {}, "empty label", "label the images"),
        ("[]\tx", {}, "not path<TAB>text", "write one `image path<TAB>text` per line"),
    ],
)
def test_where_no_line_is_usable_the_reason_and_its_cure_are_reported(
    folder: Path, line: str, settings: dict[str, int], found: str, cure: str
) -> None:
    (folder / "other.txt").write_text(f"{line}\n{line}\n", encoding="utf-8")
    width = settings.pop("max_width", 3200)
    source = FolderSource(folder / "other.txt", folder, max_width=width)
    mask, excluded = LineDataset([source], SPACELESS, train=True, **settings).usable()
    assert not mask.any()
    error = excluded.refusal(len(mask), "python tools/check_data.py -c my.yml")
    assert error.found.startswith("no usable line among 2: 2 with ") and found in error.found
    assert line.partition("\t")[0] in error.found
    assert cure in error.cure and error.cure.endswith(": python tools/check_data.py -c my.yml")
