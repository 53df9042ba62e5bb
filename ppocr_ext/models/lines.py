"""Lines as a network takes them, and what it gives as text."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import paddle
import paddle.nn.functional as F
from paddle import Tensor

from ppocr_ext.tensors import to_device
from ppocr_ext.text.codec import CTCCodec


def to_input(images: np.ndarray, widths: np.ndarray) -> Tensor:
    """uint8 BGR [B, H, W, 3] -> float32 [B, 3, H, W] in -1..1, 0 beyond each line's width.

    The same numbers as PaddleOCR's ``RecResizeImg``, computed on the device.
    """
    pixels = to_device(images).astype("float32").transpose([0, 3, 1, 2]) / 127.5 - 1.0
    inside = np.arange(images.shape[2])[None, :] < np.asarray(widths)[:, None]
    if inside.all():
        return pixels
    return pixels * to_device(inside[:, None, None, :].astype("float32"))


def to_labels(labels: np.ndarray) -> Tensor:
    """int32 [B, L] classes, padded with 0 -> int64: the input of decoders."""
    return to_device(labels.astype("int64"))


@paddle.no_grad()
def decode(outputs: Mapping[str, Tensor], codec: CTCCodec) -> list[tuple[str, float]]:
    """(text, confidence 0..1) of each line, greedily; outputs: logits by name."""
    return codec.decode_batch(probabilities(outputs).numpy())


def probabilities(outputs: Mapping[str, Tensor], temperature: float = 1.0) -> Tensor:
    """What a CTC decoder reads, [B, T, classes], by the main head; ``outputs``: logits by name.

    ``ctc`` [B, T, classes] is that. ``attention`` [B, S, classes] is written as CTC writes: a blank
    after each step keeps equal neighbours apart, and after the first of class 0, the end, there
    are blanks alone. Dividing the logits by ``temperature`` changes confidences, never the text.
    """
    is_ctc = "ctc" in outputs
    logits = outputs["ctc" if is_ctc else "attention"].astype("float32")
    if temperature != 1.0:
        logits = logits * (1.0 / temperature)
    each = F.softmax(logits, axis=-1)
    return each if is_ctc else _with_blanks(each)


def _with_blanks(each: Tensor) -> Tensor:
    """[B, S, classes] of a decoder -> [B, 2 * S, classes]."""
    blank = F.one_hot(paddle.zeros(each.shape[:2], dtype="int64"), each.shape[2])
    ends = (each.argmax(axis=-1, keepdim=True) == 0).astype("int64")
    is_over = (ends.cumsum(axis=1) > ends).astype(each.dtype)
    return paddle.stack([each * (1.0 - is_over) + blank * is_over, blank], axis=2).flatten(1, 2)
