"""From a config's ``Train`` or ``Eval`` section to a loader."""

from __future__ import annotations

from pathlib import Path

from ppocr_ext.config.schema.data import Eval, Train
from ppocr_ext.config.schema.run import Global
from ppocr_ext.data.dataset import LineDataset
from ppocr_ext.data.loader import Loader
from ppocr_ext.data.order import EpochOrder
from ppocr_ext.data.plan import BatchPlan
from ppocr_ext.data.source import FolderSource
from ppocr_ext.text.charset import Charset
from ppocr_ext.transforms.augment import Augment


def build_loader(
    section: Train | Eval,
    run: Global,
    charset: Charset,
    *,
    batch_size: int,
    rank: int = 0,
    world_size: int = 1,
) -> Loader:
    """The loader of one rank's share. ``batch_size``: lines per rank and batch."""
    train = isinstance(section, Train)
    settings, sampler = section.dataset, section.sampler
    seed = run.seed if settings.seed is None else settings.seed
    names = [name for step in settings.transforms for name in step]
    dataset = LineDataset(
        [
            FolderSource(Path(labels), Path(settings.data_dir), max_width=sampler.max_width)
            for labels in settings.label_file_list
        ],
        charset,
        train=train,
        seed=seed,
        augment=Augment() if "RecAug" in names else None,
        max_text_length=run.max_text_length,
    )
    order = EpochOrder(
        dataset.part_sizes,
        ratios=settings.ratio_list,
        samples_per_epoch=section.samples_per_epoch if isinstance(section, Train) else None,
        usable=dataset.widths(0) > 0 if train else None,
        shuffle=section.loader.shuffle,
        seed=seed,
    )
    plan = BatchPlan(
        order,
        dataset.widths,
        batch_size=batch_size,
        pixels_per_batch=sampler.pixels_per_batch,
        rank=rank,
        world_size=world_size,
        drop_last=section.loader.drop_last,
    )
    return Loader(dataset, plan, section.loader.num_workers, section.loader.prefetch)
