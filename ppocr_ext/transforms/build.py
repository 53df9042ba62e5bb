"""PaddleOCR's transform lists, read as what they ask for."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from ppocr_ext.errors import UserError
from ppocr_ext.transforms.augment import Augment
from ppocr_ext.transforms.curriculum import Curriculum
from ppocr_ext.transforms.join import JoinSettings
from ppocr_ext.transforms.resize import HEIGHT

Arguments = Mapping[str, Any]


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
    """Read ``[{name: arguments}, …]``. All that is wrong is told in one :class:`UserError`."""
    recipe, problems = Recipe(), []
    for step in transforms:
        for name, arguments in step.items():
            try:
                recipe = _apply(recipe, name, dict(arguments or {}))
            except UserError as error:
                problems.append(str(error))
    if problems:
        raise UserError("transforms cannot be used:\n" + "\n".join(problems))
    return recipe


def _apply(recipe: Recipe, name: str, arguments: dict[str, Any]) -> Recipe:
    if name not in _STEPS:
        raise UserError(
            f"unknown transform {name}{_nearest(name, _STEPS)}", expected=", ".join(sorted(_STEPS))
        )
    known, reader = _STEPS[name]
    unknown = [key for key in arguments if key not in known]
    if unknown:
        key = unknown[0]
        raise UserError(
            f"{name} has no argument {key}{_nearest(key, known)}", expected=", ".join(sorted(known))
        )
    try:
        return reader(recipe, arguments)
    except (TypeError, ValueError) as error:
        raise UserError(f"{name}: {arguments} is not understood: {error}") from None


def _nearest(name: str, known: Any) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _decode(recipe: Recipe, arguments: Arguments) -> Recipe:
    mode = arguments.get("img_mode", "BGR")
    if mode not in ("BGR", "RGB"):
        raise ValueError(f"img_mode {mode}, but BGR or RGB was expected")
    return replace(recipe, rgb=mode == "RGB")


def _resize(recipe: Recipe, arguments: Arguments) -> Recipe:
    shape = arguments.get("image_shape", [3, HEIGHT, 320])
    channels, height, _ = (int(size) for size in shape)
    if channels != 3:
        raise ValueError(f"{channels} channels, but 3 were expected")
    return replace(recipe, height=height)  # lines keep their width: nothing is squashed


def _augment(recipe: Recipe, arguments: Arguments) -> Recipe:
    given = dict(arguments)
    strength = given.pop("strength", 1.0)
    chances = {
        name: float(value) for key, value in given.items() for name in _STOCK_NAMES.get(key, [key])
    }
    if any(not 0 <= chance <= 1 for chance in chances.values()):
        raise ValueError("probabilities lie between 0 and 1")
    recipe = replace(recipe, augment=replace(recipe.augment or Augment(), **chances))
    if not isinstance(strength, Mapping):
        strength = {"start": strength, "end": strength}
    unknown = set(strength) - {"start", "end", "steps", "epochs"}
    if unknown:
        raise ValueError(f"strength has start, end, and steps or epochs, not {sorted(unknown)}")
    ramp = Curriculum(
        float(strength.get("start", 0.0)),
        float(strength.get("end", 1.0)),
        int(strength.get("steps", 0)),
    )
    if not (0 <= ramp.start <= 1 and 0 <= ramp.end <= 1):
        raise ValueError("strength lies between 0 and 1")
    return replace(recipe, strength=ramp, strength_epochs=float(strength.get("epochs", 0)))


def _augment_stock(recipe: Recipe, arguments: Arguments) -> Recipe:
    """Another stock augmentation: ours at its default, whatever its arguments."""
    return replace(recipe, augment=recipe.augment or Augment())


def _join(recipe: Recipe, arguments: Arguments) -> Recipe:
    settings = JoinSettings(probability=float(arguments.get("prob", 0.5)))
    if "image_shape" in arguments:  # stock order: height, width, channels
        height, width = (int(size) for size in arguments["image_shape"][:2])
        settings = replace(settings, max_width=round(width / height * HEIGHT))
    if "max_width" in arguments:
        settings = replace(settings, max_width=int(arguments["max_width"]))
    if "ext_data_num" in arguments:
        settings = replace(settings, lines=max(1, int(arguments["ext_data_num"])))
    if "separator" in arguments:
        settings = replace(settings, separator=str(arguments["separator"]))
    return replace(recipe, join=settings)


def _nothing(recipe: Recipe, arguments: Arguments) -> Recipe:
    return recipe


_STOCK_NAMES = {
    "tia_prob": ["warp", "elastic"],
    "crop_prob": ["pad"],  # stock crops inwards, through the tone marks
    "reverse_prob": ["invert"],
    "noise_prob": ["noise"],
    "jitter_prob": ["motion"],
    "blur_prob": ["blur"],
    "hsv_aug_prob": ["light"],
}
_OWN_NAMES = {entry.name for entry in fields(Augment)}
_STOCK_AUGMENT = {"aug_type", "geometry_p", "deterioration_p", "colorjitter_p", "max_wh_ratio"}
_RESIZE = {"image_shape", "infer_mode", "eval_mode", "padding", "character_dict_path"}

_STEPS: dict[str, tuple[set[str], Callable[[Recipe, Arguments], Recipe]]] = {
    "DecodeImage": ({"img_mode", "channel_first", "ignore_orientation"}, _decode),
    "RecAug": ({"strength", *_STOCK_NAMES, *_OWN_NAMES}, _augment),
    "ABINetRecAug": (_STOCK_AUGMENT, _augment_stock),
    "SVTRRecAug": (_STOCK_AUGMENT, _augment_stock),
    "ParseQRecAug": (_STOCK_AUGMENT, _augment_stock),
    "RecConAug": (
        {"prob", "image_shape", "max_text_length", "ext_data_num", "max_width", "separator"},
        _join,
    ),
    "CTCLabelEncode": ({"max_text_length", "character_dict_path", "use_space_char"}, _nothing),
    "MultiLabelEncode": (
        {"gtc_encode", "max_text_length", "character_dict_path", "use_space_char"},
        _nothing,
    ),
    "RecResizeImg": (_RESIZE, _resize),
    "SVTRRecResizeImg": (_RESIZE, _resize),
    "KeepKeys": ({"keep_keys"}, _nothing),
}
