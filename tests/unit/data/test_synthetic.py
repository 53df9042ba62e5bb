"""Lines drawn while they are read: new in every epoch, the same whoever reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ppocr_ext.config.schema.data import Eval, Train
from ppocr_ext.config.schema.run import Global
from ppocr_ext.data import build
from ppocr_ext.data.build import build_loader
from ppocr_ext.data.loader import Loader
from ppocr_ext.errors import UserError
from ppocr_ext.synth.factory import LineFactory
from ppocr_ext.synth.presets import Preset, Split, load_preset
from ppocr_ext.text.charset import Charset

LINES = 40
FACTORIES: dict[str, LineFactory] = {}
DRAWN = {"preset": "mega", "lines": LINES}


@pytest.fixture(scope="module")
def letters() -> Charset:
    return Charset.load(Path(__file__).parents[3] / "dicts" / "vi_dict.txt")


@pytest.fixture(autouse=True)
def fonts_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(preset: Preset, split: Split, *others: object) -> LineFactory:
        if split not in FACTORIES:
            FACTORIES[split] = LineFactory(preset, split, *others)
        return FACTORIES[split]

    monkeypatch.setattr("ppocr_ext.data.build.LineFactory", make)


def loader(
    letters: Charset, workers: int = 0, ranks: tuple[int, int] = (0, 1), **dataset
) -> Loader:
    section = Train(
        dataset={"synthetic": DRAWN, **dataset},
        loader={"num_workers": workers, "batch_size_per_card": 8, "drop_last": False},
    )
    rank, world = ranks
    return build_loader(section, Global(seed=3), letters, rank=rank, world_size=world)


def read(letters: Charset, epoch: int = 0, **options) -> dict[str, tuple[str, bytes]]:
    """path → text and pixels of all lines of an epoch."""
    found = {}
    with loader(letters, **options) as batches:
        for batch in batches.epoch(epoch):
            for path, text, image, width in zip(
                batch.paths, batch.texts, batch.images, batch.widths, strict=True
            ):
                assert path not in found
                found[path] = text, image[:, :width].tobytes()
    return found


def test_more_readers_than_any_machine_runs_are_refused_at_once(letters: Charset) -> None:
    with pytest.raises(UserError, match=r"Train\.loader\.num_workers: 500 on a machine with"):
        loader(letters, workers=500)


def test_every_epoch_draws_other_lines_and_draws_them_again(letters: Charset) -> None:
    first, again, second = (read(letters, epoch) for epoch in (0, 0, 1))
    assert len(first) == len(second) == LINES
    assert first == again
    assert not set(first) & set(second)
    assert {text for text, _ in first.values()} != {text for text, _ in second.values()}


def test_readers_and_processes_draw_the_same_lines(letters: Charset) -> None:
    alone = read(letters)
    assert read(letters, workers=1) == alone
    shares = [read(letters, ranks=(rank, 2)) for rank in range(2)]
    assert not set(shares[0]) & set(shares[1])
    assert {**shares[0], **shares[1]} == alone


def test_like_widths_share_a_batch(letters: Charset) -> None:
    with loader(letters) as batches:
        widths = [batch.widths for batch in batches.epoch(0)]
    spread = np.mean([width.std() for width in widths])
    assert spread < 0.6 * np.concatenate(widths).std()


def test_they_stand_beside_lines_of_files(letters: Charset, folder: Path) -> None:
    files = {"data_dir": str(folder), "label_file_list": [str(folder / "train.txt")]}
    joined = {"transforms": [{"RecConAug": {"prob": 1.0}}]}
    found = read(letters, **files, **joined, ratio_list=[0.5])
    of_files = [path for path in found if not path.startswith("synthetic/train/")]
    assert len(of_files) == round(23 * 0.5)
    assert len(found) == len(of_files) + LINES
    assert all(" " in found[path][0] for path in of_files)  # only lines of files are joined


def test_evaluation_draws_from_the_other_fonts_and_texts(letters: Charset) -> None:
    section = Eval(dataset={"synthetic": DRAWN}, loader={"num_workers": 0})
    with build_loader(section, Global(seed=3), letters) as batches:
        paths = [path for batch in batches.epoch(0) for path in batch.paths]
    assert paths[0].startswith("synthetic/val/") and len(paths) == LINES


def test_a_mixture_draws_its_share_of_each_preset(
    letters: Charset, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, made = build.LineFactory, list[tuple[Preset, int]]()

    def note(preset: Preset, split: Split, seed: int, *others: object) -> LineFactory:
        made.append((preset, seed))
        return make(preset, split, seed, *others)

    monkeypatch.setattr("ppocr_ext.data.build.LineFactory", note)
    mixture = [{"preset": "mega", "lines": 5}, {"preset": "plain", "lines": 3}]
    with loader(letters, synthetic=mixture) as batches:
        assert batches.dataset.part_sizes == [5, 3]
        assert sum(len(batch) for batch in batches.epoch(0)) == 8
    assert [preset for preset, _ in made] == [load_preset("mega"), load_preset("plain")]
    assert made[0][1] == 3 and made[1][1] != 3  # else both would draw the same texts


def test_an_unknown_preset_is_reported(letters: Charset) -> None:
    with pytest.raises(UserError, match="unknown preset 'hug'"):
        loader(letters, synthetic={"preset": "hug"})
