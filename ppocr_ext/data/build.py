"""From a config's ``Train`` or ``Eval`` section to its loader."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from ppocr_ext.config.schema.data import Eval, Train
from ppocr_ext.config.schema.run import Global
from ppocr_ext.data.dataset import LineDataset
from ppocr_ext.data.loader import Loader
from ppocr_ext.data.order import EpochOrder
from ppocr_ext.data.plan import BatchPlan
from ppocr_ext.data.source import FolderSource
from ppocr_ext.errors import UserError
from ppocr_ext.text.charset import Charset
from ppocr_ext.transforms.build import Recipe, build_recipe


def build_loader(
    section: Train | Eval,
    settings: Global,
    charset: Charset,
    *,
    batch_size: int,
    rank: int = 0,
    world_size: int = 1,
) -> Loader:
    """The loader of ``config.Train`` or ``config.Eval``; ``settings``: ``config.Global``.

    ``batch_size``: lines per rank and batch. Raises :class:`UserError` for missing data.
    """
    train = isinstance(section, Train)
    recipe = build_recipe(section.dataset.transforms)
    seed = settings.seed if section.dataset.seed is None else section.dataset.seed
    dataset = build_dataset(section, settings, charset, recipe, train=train, seed=seed)
    usable, excluded = dataset.usable() if train else (None, Counter[str]())
    order = EpochOrder(
        dataset.part_sizes,
        ratios=section.dataset.ratio_list,
        samples_per_epoch=section.samples_per_epoch if isinstance(section, Train) else None,
        usable=usable,
        shuffle=section.loader.shuffle,
        seed=seed,
    )
    plan = BatchPlan(
        order,
        dataset.widths,
        batch_size=batch_size,
        pixels_per_batch=section.sampler.pixels_per_batch,
        height=recipe.height,
        rank=rank,
        world_size=world_size,
        drop_last=section.loader.drop_last,
    )
    return Loader(
        dataset,
        plan,
        section.loader.num_workers,
        section.loader.prefetch,
        augment=recipe.augment if train else None,
        strength=recipe.curriculum(len(plan)),
        excluded=excluded,
    )


def build_dataset(
    section: Train | Eval,
    settings: Global,
    charset: Charset,
    recipe: Recipe,
    *,
    train: bool,
    seed: int,
) -> LineDataset:
    """The dataset of a section; raises :class:`UserError` that names the command to make it."""
    files = [Path(name) for name in section.dataset.label_file_list]
    missing = [str(path) for path in files if not path.is_file()]
    if missing and section.dataset.make:
        raise UserError(
            f"label file {', '.join(missing)} does not exist",
            expected="one `image path<TAB>text` a line",
            cure=f"make it with: {section.dataset.make}",
        )
    sources = [
        FolderSource(
            path,
            Path(section.dataset.data_dir),
            recipe.height,
            section.sampler.max_width,
            section.dataset.delimiter,
        )
        for path in files
    ]
    return LineDataset(
        sources,
        charset,
        train=train,
        seed=seed,
        height=recipe.height,
        join=recipe.join,
        max_text_length=settings.max_text_length,
        rgb=recipe.rgb,
    )
