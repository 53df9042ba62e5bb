"""Readers: the same batches whatever reads them, from any position on, even when readers die."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from ppocr_ext.config.schema.data import Train
from ppocr_ext.config.schema.run import Global
from ppocr_ext.data.batch import Batch
from ppocr_ext.data.build import build_loader
from ppocr_ext.data.dataset import LineDataset
from ppocr_ext.data.loader import Loader
from ppocr_ext.data.order import EpochOrder
from ppocr_ext.data.plan import BatchPlan
from ppocr_ext.errors import UserError
from ppocr_ext.text.charset import Charset
from ppocr_ext.transforms.augment import Augment
from ppocr_ext.transforms.build import Curriculum


def loader_of(dataset: LineDataset, num_workers: int, **settings) -> Loader:
    order = EpochOrder(dataset.part_sizes, seed=dataset.seed)
    plan = BatchPlan(order, dataset.widths, batch_size=4)
    return Loader(dataset, plan, num_workers, augment=Augment(), **settings)


def contents(batches: Iterator[Batch]) -> list[tuple]:
    return [(b.images.tobytes(), b.labels.tobytes(), b.texts, b.paths, b.number) for b in batches]


@pytest.fixture
def dataset(make_dataset: Callable[..., LineDataset]) -> LineDataset:
    return make_dataset(join=0.5)


def test_batches_do_not_depend_on_the_number_of_workers(dataset: LineDataset) -> None:
    runs = []
    for num_workers in (0, 1, 2):
        with loader_of(dataset, num_workers) as loader:
            runs.append(contents(loader.epoch(1)))
    assert len(runs[0]) == 6
    assert runs[0] == runs[1] == runs[2]


def test_an_epoch_continues_at_any_batch(dataset: LineDataset) -> None:
    with loader_of(dataset, 0, strength=Curriculum(0.0, 1.0, 10)) as loader:
        whole = contents(loader.epoch(0, step=5))
        assert contents(loader.epoch(0, start=4, step=9)) == whole[4:]
        assert contents(loader.epoch(0, start=6)) == []


def test_each_batch_is_read_at_one_of_the_scales(make_dataset: Callable[..., LineDataset]) -> None:
    dataset = make_dataset()
    order = EpochOrder(dataset.part_sizes, seed=7)
    plan = BatchPlan(order, dataset.widths, batch_size=4)
    with Loader(dataset, plan, scales=(0.5, 1.0, 1.5)) as loader:
        batches = list(loader.epoch(0))
        again = contents(loader.epoch(0, start=3))
    assert again == contents(iter(batches[3:]))
    factors = set()
    for batch in batches:
        widths = dataset.widths(0)[batch.indices]
        [factor] = {round(float(f), 1) for f in batch.widths / widths}
        factors.add(factor)
        assert batch.images.shape[1] == 48
    assert factors == {0.5, 1.0, 1.5}


def test_the_scales_of_a_config_keep_the_pixel_budget(folder: Path, charset: Charset) -> None:
    scales = {"name": "MultiScaleSampler", "scales": [[320, 32], [320, 48], [320, 64]]}
    section = Train(
        dataset={"data_dir": str(folder), "label_file_list": str(folder / "train.txt")},
        sampler={**scales, "pixels_per_batch": 48 * 1300},
        loader={"num_workers": 0, "batch_size_per_card": 8, "drop_last": False},
    )
    with build_loader(section, Global(), charset) as loader:
        batches = list(loader.epoch(0))
    assert loader.scales == [32 / 48, 1.0, 64 / 48]
    assert max(int(batch.widths.max()) * len(batch) for batch in batches) <= 1300


def test_strength_follows_the_step(dataset: LineDataset) -> None:
    with loader_of(dataset, 0, strength=Curriculum(0.0, 1.0, 10)) as loader:
        assert [batch.strength for batch in loader.epoch(0, step=7)] == [0.7, 0.8, 0.9, 1, 1, 1]


def test_a_killed_reader_is_replaced_and_nothing_is_lost(dataset: LineDataset) -> None:
    with loader_of(dataset, 0) as loader:
        expected = contents(loader.epoch(0))
    with loader_of(dataset, 2, prefetch=1) as loader:
        batches = loader.epoch(0)
        got = [next(batches)]
        for process in multiprocessing.active_children():
            process.kill()
            process.join()
        got += batches
        assert contents(iter(got)) == expected
        assert loader.deaths >= 1


class Deadly(LineDataset):
    """Kills the process that reads line 5."""

    def sample(self, epoch: int, index: int, change: object = None):
        if index == 5 and multiprocessing.parent_process() is not None:
            os._exit(9)
        return super().sample(epoch, index)


def test_a_batch_that_always_kills_its_reader_is_named(dataset: LineDataset) -> None:
    dataset.__class__ = Deadly
    with loader_of(dataset, 1) as loader, pytest.raises(UserError, match=r"ảnh/5\.png"):
        contents(loader.epoch(0))


def test_a_readers_error_arrives_as_it_is(dataset: LineDataset, folder: Path) -> None:
    loader = loader_of(dataset, 1)
    with open(folder / "train.txt", "a", encoding="utf-8") as stream:
        stream.write("x\ty\n")
    dataset.sources[0].labels._map = None  # type: ignore[attr-defined]
    with loader, pytest.raises(UserError, match="changed while it was in use") as error:
        contents(loader.epoch(0))
    assert error.value.cure == "start again"


def test_readers_end_with_a_killed_parent(dataset: LineDataset, tmp_path: Path) -> None:
    (tmp_path / "dataset").write_bytes(pickle.dumps(dataset))
    script = tmp_path / "parent.py"
    script.write_text(
        "import pickle, sys, time, multiprocessing\n"
        "from concurrent.futures import ProcessPoolExecutor\n"
        "from ppocr_ext.data.loader import start_worker\n"
        "if __name__ == '__main__':\n"
        "    dataset = pickle.load(open(sys.argv[1], 'rb'))\n"
        "    spawn = multiprocessing.get_context('spawn')\n"
        "    pool = ProcessPoolExecutor(1, spawn, start_worker, (dataset,))\n"
        "    pool.submit(abs, 1).result()\n"
        "    print(multiprocessing.active_children()[0].pid, flush=True)\n"
        "    time.sleep(60)\n",
        encoding="utf-8",
    )
    parent = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "dataset")],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert parent.stdout is not None
    reader = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    for _ in range(200):
        if not reader.is_running() or reader.status() == psutil.STATUS_ZOMBIE:
            break
        time.sleep(0.05)
    else:
        reader.kill()
        pytest.fail("the reader outlived its parent")


def test_readers_import_no_paddle() -> None:
    code = "import sys, ppocr_ext.data.loader; print([m for m in sys.modules if 'paddle' in m])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_change_of_augmentation_holds_from_the_next_batch_on(dataset: LineDataset) -> None:
    with loader_of(dataset, 0, strength=lambda step: 0.5) as loader:
        before = contents(loader.epoch(0))
    with loader_of(dataset, 0, prefetch=3, strength=lambda step: 0.5) as loader:
        batches = loader.epoch(0)
        got = [next(batches), next(batches)]
        loader.change_augmentation(None, lambda step: 0.0)
        got += batches
        plain = contents(loader.epoch(0))
    assert contents(iter(got)) == before[:2] + plain[2:]


def test_strength_counts_steps_not_batches(dataset: LineDataset) -> None:
    with loader_of(dataset, 0, strength=Curriculum(0.0, 1.0, 10), accumulation=2) as loader:
        assert [batch.strength for batch in loader.epoch(0, step=2)] == [
            *(0.2, 0.2, 0.3, 0.3, 0.4, 0.4)
        ]
        assert [batch.strength for batch in loader.epoch(0, start=4, step=4)] == [0.4, 0.4]


def test_leaving_an_epoch_early_leaves_a_usable_loader(dataset: LineDataset) -> None:
    with loader_of(dataset, 0) as loader:
        batches = loader.epoch(0)
        next(batches)
        batches.close()
        assert len(list(loader.epoch(1))) == 6
        waited = [batch.reader_cost for batch in loader.epoch(2)]
        assert all(np.isfinite(waited)) and min(waited) >= 0
