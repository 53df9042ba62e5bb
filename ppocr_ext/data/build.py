"""From a config's ``Train`` or ``Eval`` section to its loader."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from ppocr_ext.config.schema.data import Eval, Sampler, Synthetic, Train
from ppocr_ext.config.schema.run import Global
from ppocr_ext.console import typed_here
from ppocr_ext.data.dataset import Excluded, LineDataset
from ppocr_ext.data.loader import Loader
from ppocr_ext.data.order import EpochOrder
from ppocr_ext.data.plan import BatchPlan
from ppocr_ext.data.source import (
    CachedSource,
    FolderSource,
    LmdbSource,
    Source,
    SyntheticSource,
    databases,
)
from ppocr_ext.errors import UserError
from ppocr_ext.files import why_no_file
from ppocr_ext.runtime import usable_processors
from ppocr_ext.synth.factory import LineFactory
from ppocr_ext.synth.presets import Split, load_preset
from ppocr_ext.text.charset import Charset
from ppocr_ext.transforms.build import Recipe, build_recipe

MOST_READERS = 61  # as many as Windows can wait for; each takes seconds to start


def build_loader(
    section: Train | Eval,
    settings: Global,
    charset: Charset,
    *,
    sharing: Fraction | int = 1,
    rank: int = 0,
    world_size: int = 1,
    check: str = "",
) -> Loader:
    """The loader of ``config.Train`` or ``config.Eval``; ``settings``: ``config.Global``.

    ``sharing``: ranks that share one card's batch, pixels and readers, as the processes of one
    CPU do, so that their number changes nothing but the speed; a half where each rank does the
    work of two cards. ``check``: what to type to see what is wrong with each line. Raises
    :class:`UserError` for missing data.
    """
    loader, pixels = section.loader, section.sampler.pixels_per_batch
    train = isinstance(section, Train)
    recipe = build_recipe(section.dataset.transforms)
    seed = settings.seed if section.dataset.seed is None else section.dataset.seed
    scales = _scales(section.sampler, recipe.height) if train else [1.0]
    dataset = build_dataset(section, settings, charset, recipe, train=train, seed=seed)
    usable, excluded = dataset.usable() if train else (None, Excluded())
    if usable is not None and not usable.any():
        raise excluded.refusal(len(usable), check)
    order = EpochOrder(
        dataset.part_sizes,
        ratios=_ratios(section.dataset.ratio_list, dataset.sources),
        samples_per_epoch=section.samples_per_epoch if isinstance(section, Train) else None,
        usable=usable,
        shuffle=loader.shuffle,
        seed=seed,
    )
    plan = BatchPlan(
        order,
        dataset.widths,
        batch_size=max(loader.batch_size_per_card // sharing, 1),
        pixels_per_batch=pixels and int(pixels / sharing / max(1.0, *scales)),
        height=recipe.height,
        rank=rank,
        world_size=world_size,
        drop_last=loader.drop_last,
    )
    return Loader(
        dataset,
        plan,
        _readers(section, sharing),
        loader.prefetch,
        augment=recipe.augment if train else None,
        strength=recipe.curriculum(max(1, len(plan) // settings.accumulation)),
        scales=scales,
        accumulation=settings.accumulation,
        excluded=excluded.counts,
        check=check,
    )


def _readers(section: Train | Eval, sharing: Fraction | int) -> int:
    """This rank's share of the reading processes."""
    wanted, cores = section.loader.num_workers, usable_processors()
    share = -(-wanted // sharing)
    if share > (most := max(MOST_READERS, cores)):
        raise UserError(
            f"{type(section).__name__}.loader.num_workers: {wanted} on a machine with {cores} "
            f"cores",
            f"at most {most} reading processes, better one or two per core",
        )
    return share


def _ratios(given: Sequence[float], sources: Sequence[Source]) -> list[float]:
    """One for each source: the config's are for files; what is drawn has its number of lines."""
    files = sum(not source.endless for source in sources)
    for_files = list(given) if len(given) > 1 else [*given] * files
    return for_files + [1.0] * (len(sources) - files)


def _scales(sampler: Sampler, height: int) -> list[float]:
    if sampler.name != "MultiScaleSampler" or not sampler.scales:
        return [1.0]
    return [rows / height for _, rows in sampler.scales]


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
        open_sources(section, recipe.height, seed),
        charset,
        train=train,
        seed=seed,
        height=recipe.height,
        join=recipe.join,
        max_text_length=settings.max_text_length,
        rgb=recipe.rgb,
    )


def open_sources(section: Train | Eval, height: int, seed: int = 0) -> list[Source]:
    """What a section reads from: files first, then what is drawn, by ``seed``, while it is read."""
    drawn = section.dataset.synthetic
    sources = [] if drawn and not section.dataset.has_files else _open_files(section, height)
    split: Split = "train" if isinstance(section, Train) else "val"
    for position, each in enumerate(drawn):  # of a mixture, none draws the same as another
        own = seed + 1_000_003 * position
        sources.append(_open_synthetic(each, split, own, height, section.sampler.max_width))
    return sources


def _open_synthetic(
    settings: Synthetic, split: Split, seed: int, height: int, max_width: int
) -> Source:
    texts, fonts = (Path(given) if given else None for given in (settings.texts, settings.fonts))
    seed = seed if settings.seed is None else settings.seed
    factory = LineFactory(load_preset(settings.preset), split, seed, texts, fonts)
    return SyntheticSource(factory, settings.lines, height, max_width)


def _open_files(section: Train | Eval, height: int) -> list[Source]:
    """Label files, their cache, or PaddleOCR's databases."""
    settings, max_width = section.dataset, section.sampler.max_width
    folder = Path(settings.data_dir)
    if settings.name == "LMDBDataSet":
        return [LmdbSource(path, height, max_width) for path in databases([folder])]
    files = [Path(name) for name in settings.label_file_list]
    missing = [f"{path} {why_no_file(path)}" for path in files if not path.is_file()]
    if missing and settings.make:
        raise UserError(
            f"label file {', '.join(missing)}",
            expected="one `image path<TAB>text` per line",
            cure=f"make it with: {typed_here(settings.make)}",
        )
    kind = CachedSource if settings.cache else FolderSource
    return [kind(path, folder, height, max_width, settings.delimiter) for path in files]
