"""Readers beside PaddleOCR's own, on the same files, in one run, on one core."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import cv2
import psutil

from bench.row import Row
from ppocr_ext.data.batch import Task, make_batch
from ppocr_ext.data.check.run import LabelSet, Look, check
from ppocr_ext.data.dataset import LineDataset
from ppocr_ext.data.loader import Loader
from ppocr_ext.data.order import EpochOrder
from ppocr_ext.data.plan import BatchPlan
from ppocr_ext.data.source import CachedSource, FolderSource, Source
from ppocr_ext.text.charset import Charset
from ppocr_ext.transforms.augment import Augment
from ppocr_ext.transforms.resize import JoinSettings
from ppocr_ext.upstream import ppocr_module

BATCH = 32
CONSUMED_PER_SECOND = 250  # lines that the imagined device takes for each reader's core
MANY_LINES = 1_000_000
MEGABYTE = 1 << 20


def measure(labels: Path, data_dir: Path, dictionary: Path, lines: int) -> list[Row]:
    """All rows, for the first ``lines`` lines of a label file."""
    cv2.setNumThreads(0)
    with tempfile.TemporaryDirectory() as name:
        some = Path(name) / "some.txt"
        texts = labels.read_text(encoding="utf-8").splitlines()[:lines]
        some.write_text("\n".join(texts) + "\n", encoding="utf-8", newline="\n")
        charset = Charset.load(dictionary)
        return [
            *_reading(some, data_dir, dictionary, charset),
            _waiting(some, data_dir, charset),
            *_memory(texts, Path(name), data_dir, charset),
            *_checking(some, Path(name) / "many.txt", data_dir, charset),
        ]


def _reading(labels: Path, data_dir: Path, dictionary: Path, charset: Charset) -> list[Row]:
    stock = _stock_reader(labels, data_dir, dictionary)
    plain = _our_reader(FolderSource(labels, data_dir), charset)
    cached = _our_reader(CachedSource(labels, data_dir), charset)
    times = {"stock": [], "plain": [], "cached": []}  # type: dict[str, list[float]]
    for _ in range(3):  # in turns, the best of each: other processes disturb all of them
        for kind, read in (("stock", stock), ("plain", plain), ("cached", cached)):
            times[kind].append(read())
    best = {kind: min(values) for kind, values in times.items()}
    return [
        _against("packed cache, joined and augmented", best["stock"], best["cached"], 5),
        _against("plain files, joined and augmented", best["stock"], best["plain"], 3),
    ]


def _against(what: str, stock: float, ours: float, goal: float) -> Row:
    measured = f"{1 / ours:,.0f} lines/s, stock {1 / stock:,.0f}: {stock / ours:.1f}x"
    return Row(what, measured, f">= {goal:g}x", stock / ours >= goal)


def _our_reader(source: Source, charset: Charset) -> Callable[[], float]:
    """Seconds of processor time a line, batching included."""
    join = JoinSettings(0.5, max_width=320)
    dataset = LineDataset([source], charset, train=True, join=join)
    order = EpochOrder(dataset.part_sizes)
    plan = BatchPlan(order, dataset.widths, batch_size=BATCH)
    epochs = iter(range(1, 1000))

    def read() -> float:
        epoch = next(epochs)
        batches = plan.batches(epoch)
        tasks = [Task(epoch, k, batch, Augment(), 1.0, 8) for k, batch in enumerate(batches)]
        started = time.process_time()
        for task in tasks:
            make_batch(dataset, task)
        return (time.process_time() - started) / order.epoch_size

    return read


def _stock_reader(labels: Path, data_dir: Path, dictionary: Path) -> Callable[[], float]:
    """Seconds of processor time a line of ``SimpleDataSet`` with its usual training transforms."""
    shape = [3, 48, 320]
    encode = {"max_text_length": 200, "character_dict_path": str(dictionary)}
    transforms = [
        {"DecodeImage": {"img_mode": "BGR", "channel_first": False}},
        {"RecConAug": {"prob": 0.5, "ext_data_num": 1, "image_shape": [48, 320, 3]}},
        {"RecAug": None},
        {"CTCLabelEncode": {**encode, "use_space_char": True}},
        {"RecResizeImg": {"image_shape": shape}},
        {"KeepKeys": {"keep_keys": ["image", "label", "length"]}},
    ]
    dataset = {
        "data_dir": str(data_dir),
        "label_file_list": [str(labels)],
        "ext_op_transform_idx": 1,
        "transforms": transforms,
    }
    config = {"Global": {}, "Train": {"dataset": dataset, "loader": {"shuffle": True}}}
    lines = ppocr_module("data.simple_dataset").SimpleDataSet(
        config, "Train", logging.getLogger("stock"), seed=1
    )

    def read() -> float:
        started = time.process_time()
        for index in range(len(lines)):
            lines[index]
        return (time.process_time() - started) / len(lines)

    return read


def _waiting(labels: Path, data_dir: Path, charset: Charset) -> Row:
    """How long a consumer of 250 lines a second waits for one reader process."""
    dataset = LineDataset([FolderSource(labels, data_dir)], charset, train=True)
    order = EpochOrder(dataset.part_sizes)
    plan = BatchPlan(order, dataset.widths, batch_size=BATCH)
    waited, worked = [], []
    with Loader(dataset, plan, num_workers=1, augment=Augment()) as loader:
        for batch in loader.epoch(0):
            waited.append(batch.reader_cost)
            worked.append(len(batch) / CONSUMED_PER_SECOND)
            time.sleep(worked[-1])
    share = sum(waited[1:]) / (sum(waited[1:]) + sum(worked[1:]))  # the first one starts the reader
    what = f"share of reader time at {CONSUMED_PER_SECOND} lines/s for each reader"
    return Row(what, f"{100 * share:.2f} %", "< 5 %", share < 0.05)


def _memory(texts: Sequence[str], folder: Path, data_dir: Path, charset: Charset) -> list[Row]:
    """Resident memory of a process that reads a million lines, and of its two readers."""
    many = folder / "many.txt"
    with open(many, "w", encoding="utf-8", newline="\n") as stream:
        for index in range(MANY_LINES):
            stream.write(texts[index % len(texts)] + "\n")
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        main, readers = pool.submit(_read_many, many, data_dir, charset).result()
    return [
        Row(f"main process, {MANY_LINES:,} lines", f"{main:.0f} MB", "< 600 MB", main < 600),
        Row("each reader process", f"{readers:.0f} MB", "< 250 MB", readers < 250),
    ]


def _read_many(labels: Path, data_dir: Path, charset: Charset) -> tuple[float, float]:
    """Resident megabytes of this process (its peak) and of the larger of two readers."""
    dataset = LineDataset([FolderSource(labels, data_dir)], charset, train=True)
    usable, _ = dataset.usable()
    order = EpochOrder(dataset.part_sizes, usable=usable)
    plan = BatchPlan(order, dataset.widths, batch_size=BATCH)
    me = psutil.Process()
    main = readers = 0.0
    with Loader(dataset, plan, num_workers=2, augment=Augment()) as loader:
        for batch in loader.epoch(0):
            main = max(main, me.memory_info().rss / MEGABYTE)
            sizes = [child.memory_info().rss / MEGABYTE for child in me.children()]
            readers = max([readers, *sizes])
            if batch.number == 60:
                break
    return main, readers


def _checking(some: Path, many: Path, data_dir: Path, charset: Charset) -> list[Row]:
    def rate(labels: Path, look: Look) -> float:
        started = time.process_time()
        sets = [LabelSet("train", [labels], data_dir)]
        result = check(sets, charset, look=look, progress=_silent)
        return result.statistics["train"].lines / (time.process_time() - started)

    alone, decoded = rate(many, "nothing"), rate(some, "pixels")
    return [
        Row("labels checked", f"{alone:,.0f} lines/s", ">= 200,000", alone >= 200_000),
        Row("labels and pixels checked", f"{decoded:,.0f} lines/s", ">= 1,500", decoded >= 1500),
    ]


@contextmanager
def _silent(title: str, total: int) -> Iterator[Callable[[int], None]]:
    yield lambda done: None
