"""From a config's ``Train`` or ``Eval`` section to its loader."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from ppocr_ext.config.schema.data import Eval, Train
from ppocr_ext.config.schema.run import Global
from ppocr_ext.data.dataset import LineDataset
from ppocr_ext.data.lmdb_source import LmdbSource, databases
from ppocr_ext.data.loader import Loader
from ppocr_ext.data.order import EpochOrder
from ppocr_ext.data.plan import BatchPlan
from ppocr_ext.data.source import CachedSource, FolderSource, Source
from ppocr_ext.errors import UserError
from ppocr_ext.text.charset import Charset
from ppocr_ext.transforms.build import Recipe, build_recipe


def build_loader(
    section: Train | Eval,
    settings: Global,
    charset: Charset,
    *,
    sharing: int = 1,
    rank: int = 0,
    world_size: int = 1,
) -> Loader:
    """The loader of ``config.Train`` or ``config.Eval``; ``settings``: ``config.Global``.

    ``sharing``: ranks that share one card's batch, pixels and readers, as the processes of one
    CPU do, so that their number changes nothing but the speed. Raises :class:`UserError` for
    missing data.
    """
    loader, pixels = section.loader, section.sampler.pixels_per_batch
    train = isinstance(section, Train)
    recipe = build_recipe(section.dataset.transforms)
    seed = settings.seed if section.dataset.seed is None else section.dataset.seed
    dataset = build_dataset(section, settings, charset, recipe, train=train, seed=seed)
    ratios = section.dataset.ratio_list
    usable, excluded = dataset.usable() if train else (None, Counter[str]())
    order = EpochOrder(
        dataset.part_sizes,
        ratios=ratios if len(ratios) > 1 else ratios * len(dataset.sources),
        samples_per_epoch=section.samples_per_epoch if isinstance(section, Train) else None,
        usable=usable,
        shuffle=loader.shuffle,
        seed=seed,
    )
    plan = BatchPlan(
        order,
        dataset.widths,
        batch_size=max(loader.batch_size_per_card // sharing, 1),
        pixels_per_batch=pixels and pixels // sharing,
        height=recipe.height,
        rank=rank,
        world_size=world_size,
        drop_last=loader.drop_last,
    )
    return Loader(
        dataset,
        plan,
        -(-loader.num_workers // sharing),
        loader.prefetch,
        augment=recipe.augment if train else None,
        strength=recipe.curriculum(max(1, len(plan) // settings.accumulation)),
        accumulation=settings.accumulation,
        excluded=excluded,
    )


def change_augmentation(loader: Loader, section: Train, settings: Global) -> None:
    """Follow an edit of the config's ``RecAug`` while training, from the next batch on."""
    recipe = build_recipe(section.dataset.transforms)
    steps_per_epoch = max(1, len(loader) // settings.accumulation)
    loader.change_augmentation(recipe.augment, recipe.curriculum(steps_per_epoch))


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
    return LineDataset(
        open_sources(section, recipe.height),
        charset,
        train=train,
        seed=seed,
        height=recipe.height,
        join=recipe.join,
        max_text_length=settings.max_text_length,
        rgb=recipe.rgb,
    )


def open_sources(section: Train | Eval, height: int) -> list[Source]:
    """What a section reads from: label files, their cache, or PaddleOCR's databases."""
    settings, max_width = section.dataset, section.sampler.max_width
    folder = Path(settings.data_dir)
    if settings.name == "LMDBDataSet":
        return [LmdbSource(path, height, max_width) for path in databases([folder])]
    files = [Path(name) for name in settings.label_file_list]
    missing = [str(path) for path in files if not path.is_file()]
    if missing and settings.make:
        raise UserError(
            f"label file {', '.join(missing)} does not exist",
            expected="one `image path<TAB>text` a line",
            cure=f"make it with: {settings.make}",
        )
    kind = CachedSource if settings.cache else FolderSource
    return [kind(path, folder, height, max_width, settings.delimiter) for path in files]
