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
    """int32 [B, L] classes, padded with 0 -> int64, for heads that are told what comes before."""
    return to_device(labels.astype("int64"))


@paddle.no_grad()
def decode(outputs: Mapping[str, Tensor], codec: CTCCodec) -> list[tuple[str, float]]:
    """(text, confidence 0..1) of each line, by the main head.

    ``ctc`` [B, T, classes] is read greedily; ``attention`` [B, S, classes] up to its first step
    of class 0, the end. Both hold logits.
    """
    name = "ctc" if "ctc" in outputs else "attention"
    probabilities = F.softmax(outputs[name].astype("float32"), axis=-1).numpy()
    if name == "ctc":
        return codec.decode_batch(probabilities)
    return [_until_end(line, codec) for line in probabilities]


def _until_end(probabilities: np.ndarray, codec: CTCCodec) -> tuple[str, float]:
    """[S, classes] -> text and the mean probability of its characters (0.0 without any)."""
    best = probabilities.argmax(axis=1)
    ends = np.flatnonzero(best == 0)
    length = int(ends[0]) if len(ends) else len(best)
    text = "".join(codec.charset.classes[index] for index in best[:length])
    confidence = probabilities.max(axis=1)[:length]
    return text, float(confidence.mean()) if length else 0.0
