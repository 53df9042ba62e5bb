"""PaddleOCR's transform lists, read as what they ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ppocr_ext.config.parts import part_problems
from ppocr_ext.config.schema.augment import (
    TRANSFORMS,
    DecodeImage,
    RecAug,
    RecConAug,
    Resize,
    StockAug,
)
from ppocr_ext.config.schema.section import Section, named_steps
from ppocr_ext.errors import UserError
from ppocr_ext.transforms.augment import Augment
from ppocr_ext.transforms.resize import HEIGHT, JoinSettings

Arguments = Mapping[str, Any]


@dataclass(frozen=True)
class Curriculum:
    """Strength 0..1 that goes in a straight line from ``start`` to ``end`` over ``steps``.

    A pure function of the step, so that a resumed run agrees.
    """

    start: float = 1.0
    end: float = 1.0
    steps: int = 0

    def __call__(self, step: int) -> float:
        if step >= self.steps:
            return self.end
        return self.start + (self.end - self.start) * step / self.steps


@dataclass(frozen=True)
class Recipe:
    """What a transform list asks for. Decoding, encoding and resizing always take place."""

    rgb: bool = False
    height: int = HEIGHT
    augment: Augment | None = None
    strength: Curriculum = field(default_factory=Curriculum)
    strength_epochs: float = 0.0  # the curriculum's length when it is given in epochs
    join: JoinSettings | None = None

    def curriculum(self, steps_per_epoch: int) -> Curriculum:
        """The strength as a function of the global step."""
        if self.strength_epochs:
            return replace(self.strength, steps=round(self.strength_epochs * steps_per_epoch))
        return self.strength


def build_recipe(transforms: Sequence[Mapping[str, Arguments | None]]) -> Recipe:
    """Read ``[{name: arguments}, …]``. All that is wrong is in one :class:`UserError`."""
    if problems := part_problems({"Train": {"dataset": {"transforms": transforms}}}, {}):
        raise UserError("\n".join(["transforms cannot be used:", *problems]))
    recipe = Recipe()
    for name, arguments in named_steps(transforms):
        step = TRANSFORMS[name].model_validate(arguments)
        if type(step) in _READERS:
            recipe = _READERS[type(step)](recipe, step)
    return recipe


def _decode(recipe: Recipe, step: DecodeImage) -> Recipe:
    return replace(recipe, rgb=step.img_mode == "RGB")


def _resize(recipe: Recipe, step: Resize) -> Recipe:
    return replace(recipe, height=step.image_shape[1])  # lines keep their width


def _augment(recipe: Recipe, step: RecAug) -> Recipe:
    chances = {
        own: chance
        for key in RecAug.model_fields
        if key != "strength" and (chance := getattr(step, key)) is not None
        for own in _STOCK_NAMES.get(key, [key])
    }
    strength = step.strength
    ramp = Curriculum(strength.start, strength.end, strength.steps)
    augment = replace(recipe.augment or Augment(), **chances)
    return replace(recipe, augment=augment, strength=ramp, strength_epochs=strength.epochs)


def _augment_stock(recipe: Recipe, step: StockAug) -> Recipe:
    return replace(recipe, augment=recipe.augment or Augment())


def _join(recipe: Recipe, step: RecConAug) -> Recipe:
    settings = JoinSettings(probability=step.prob)
    if step.image_shape:
        height, width, _ = step.image_shape
        settings = replace(settings, max_width=round(width / height * HEIGHT))
    if step.max_width is not None:
        settings = replace(settings, max_width=step.max_width)
    if step.ext_data_num is not None:
        settings = replace(settings, lines=max(1, step.ext_data_num))
    if step.separator is not None:
        settings = replace(settings, separator=step.separator)
    return replace(recipe, join=settings)


_STOCK_NAMES = {
    "tia_prob": ["warp", "elastic"],
    "crop_prob": ["pad"],  # stock crops inwards, through the tone marks
    "reverse_prob": ["invert"],
    "noise_prob": ["noise"],
    "jitter_prob": ["motion"],
    "blur_prob": ["blur"],
    "hsv_aug_prob": ["light"],
}
_READERS: dict[type[Section], Callable[[Recipe, Any], Recipe]] = {
    DecodeImage: _decode,
    RecAug: _augment,
    StockAug: _augment_stock,
    RecConAug: _join,
    Resize: _resize,
}
