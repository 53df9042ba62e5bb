"""The steps that `dataset.transforms` can name, and the arguments of each."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from ppocr_ext.config.schema.section import Count, Fraction, NonNegativeFloat, Positive, Section


class Strength(Section):
    """How often and how far lines are changed, over the run."""

    start: Fraction = 0.0
    """At the first step."""
    end: Fraction = 1.0
    """After `steps` or `epochs`."""
    steps: Count = 0
    """Length of the climb."""
    epochs: NonNegativeFloat = 0.0
    """The same in epochs; takes precedence over `steps`."""


def _constant(value: Any) -> Any:
    """One number holds all the time."""
    if isinstance(value, dict | Strength):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return {"start": value, "end": value}
    raise PydanticCustomError("strength", "a number from 0 to 1, or a mapping of start and end")


class DecodeImage(Section):
    """From a file to pixels."""

    img_mode: Literal["BGR", "RGB"] = "BGR"
    """Order of the colours."""
    channel_first: Any = None
    """PaddleOCR's."""
    ignore_orientation: Any = None
    """PaddleOCR's."""


class RecAug(Section):
    """Augmentation: the probability of each change at full strength."""

    strength: Annotated[Strength, BeforeValidator(_constant)] = Strength(start=1.0)
    """0 to 1: scales the probabilities and how far each change goes; or start and end."""
    bleed: Fraction | None = None
    """The other side of the page shines through."""
    erase: Fraction | None = None
    """Parts are missing."""
    texture: Fraction | None = None
    """Paper."""
    elastic: Fraction | None = None
    """Local bends."""
    warp: Fraction | None = None
    """Perspective and curves."""
    pad: Fraction | None = None
    """More or less margin."""
    shadow: Fraction | None = None
    """Half of the line is darker."""
    light: Fraction | None = None
    """Brightness and contrast."""
    colour: Fraction | None = None
    """Hue."""
    invert: Fraction | None = None
    """Light on dark."""
    motion: Fraction | None = None
    """A shaken camera."""
    blur: Fraction | None = None
    """Out of focus."""
    low_resolution: Fraction | None = None
    """Drawn small, then large."""
    noise: Fraction | None = None
    """Grain."""
    jpeg: Fraction | None = None
    """Compression."""
    tia_prob: Fraction | None = None
    """PaddleOCR's `warp` and `elastic`."""
    crop_prob: Fraction | None = None
    """PaddleOCR's `pad`."""
    reverse_prob: Fraction | None = None
    """PaddleOCR's `invert`."""
    noise_prob: Fraction | None = None
    """PaddleOCR's `noise`."""
    jitter_prob: Fraction | None = None
    """PaddleOCR's `motion`."""
    blur_prob: Fraction | None = None
    """PaddleOCR's `blur`."""
    hsv_aug_prob: Fraction | None = None
    """PaddleOCR's `light`."""


class StockAug(Section):
    """Another augmentation of PaddleOCR: ours at its defaults takes place."""

    aug_type: Any = None
    """PaddleOCR's."""
    geometry_p: Any = None
    """PaddleOCR's."""
    deterioration_p: Any = None
    """PaddleOCR's."""
    colorjitter_p: Any = None
    """PaddleOCR's."""
    max_wh_ratio: Any = None
    """PaddleOCR's."""


class RecConAug(Section):
    """Joins short lines to longer ones."""

    prob: Fraction = 0.5
    """How often."""
    image_shape: tuple[Positive, Positive, Positive] | None = None
    """PaddleOCR's `[height, width, channels]` of the widest joined line."""
    max_width: Positive | None = None
    """Widest joined line in pixels at height 48; takes precedence over `image_shape`."""
    ext_data_num: Count | None = None
    """Most lines that are joined to one."""
    separator: str | None = None
    """What stands between their texts."""
    max_text_length: Any = None
    """PaddleOCR's; `Global.max_text_length` holds."""


class Encode(Section):
    """From a text to classes: always by the dictionary of `Global`."""

    max_text_length: Any = None
    """PaddleOCR's."""
    character_dict_path: Any = None
    """PaddleOCR's."""
    use_space_char: Any = None
    """PaddleOCR's."""
    gtc_encode: Any = None
    """PaddleOCR's."""


class Resize(Section):
    """To a height; lines keep their width."""

    image_shape: tuple[Literal[3], Positive, Count] = (3, 48, 320)
    """`[channels, height, width]`, of which the height counts."""
    infer_mode: Any = None
    """PaddleOCR's."""
    eval_mode: Any = None
    """PaddleOCR's."""
    padding: Any = None
    """PaddleOCR's."""
    character_dict_path: Any = None
    """PaddleOCR's."""


class KeepKeys(Section):
    """PaddleOCR's last step; nothing to keep here."""

    keep_keys: Any = None
    """PaddleOCR's."""


TRANSFORMS: dict[str, type[Section]] = {
    "DecodeImage": DecodeImage,
    "RecAug": RecAug,
    "SVTRRecAug": StockAug,
    "RecConAug": RecConAug,
    **dict.fromkeys(("CTCLabelEncode", "MultiLabelEncode", "NRTRLabelEncode"), Encode),
    **dict.fromkeys(("RecResizeImg", "SVTRRecResizeImg"), Resize),
    "KeepKeys": KeepKeys,
}
