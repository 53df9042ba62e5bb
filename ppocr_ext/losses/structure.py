"""Vietnamese structure loss: base letter, shape mark and tone of each character by themselves.

A letter such as ế is one class among 237, seen rarely; its tone is one of six, seen all the
time. Learning the three parts besides the class shares what ế, ố and é have in common, and puts
a price on a wrong mark even where the letter is right.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import paddle
import paddle.nn.functional as F
from paddle import Tensor

from ppocr_ext.losses.ctc import full_precision
from ppocr_ext.text.charset import Charset
from ppocr_ext.text.letters import SHAPES, TONES, decompose

PARTS = ("base", "shape", "tone")
_FLOOR = 1e-8  # keeps the loss of a hopeless step finite (at most 18.4 a part)


def part_tables(charset: Charset) -> dict[str, np.ndarray]:
    """For each part a 0/1 matrix float32 [classes, values]: which value each class has.

    A base letter is numbered as its own class (the marked letter's, should the dictionary lack
    the base). The blank has no parts: its row is 0.
    """
    widths = {"base": charset.num_classes, "shape": len(SHAPES), "tone": len(TONES)}
    tables = {
        part: np.zeros((charset.num_classes, width), "float32") for part, width in widths.items()
    }
    for number, character in enumerate(charset.classes[1:], start=1):
        letter = decompose(character)
        base = charset.index(letter.base) if letter.base in charset else number
        tables["base"][number, base] = 1.0
        tables["shape"][number, SHAPES.index(letter.shape)] = 1.0
        tables["tone"][number, TONES.index(letter.tone)] = 1.0
    return tables


def structure_loss(
    heads: Mapping[str, Tensor], gamma: Tensor, tables: Mapping[str, Tensor]
) -> Tensor:
    """Cross-entropy of auxiliary heads, aligned to the CTC path.

    L = −Σ_parts Σ_t Σ_k (γ_t M)_k ln q_t(k): γ_t M is the expected part at step t given the label,
    M the part's table, q the softmax of its head. Summed over the line, as CTC is.

    Args:
        heads: logits [B, T, values] of ``base``, ``shape`` and ``tone``.
        gamma: [B, T, classes], of :func:`ppocr_ext.losses.ctc.alignment`.
        tables: of :func:`part_tables`, as tensors.

    Returns:
        [B].

    Source: the alignment is Graves et al., ICML 2006; recognising a character through shared
    parts: Zhang et al., Radical Analysis Network, Pattern Recognition 2020.
    """
    terms = [
        paddle.matmul(gamma, tables[part]) * F.log_softmax(full_precision(heads[part]), axis=-1)
        for part in PARTS
    ]
    return -sum(term.sum(axis=[1, 2]) for term in terms)


def marginal_structure_loss(logits: Tensor, gamma: Tensor, tables: Mapping[str, Tensor]) -> Tensor:
    """The same without heads: the main head's own probabilities, summed over each part.

    q_t(k) = Σ_{c: part(c) = k} p_t(c) / Σ_{c ≠ blank} p_t(c). No new parameters, and nothing
    that an export would have to leave out. logits: [B, T, classes]. Returns [B].

    Source: marginalising a flat softmax over the groups of a hierarchy: Bertinetto et al.,
    Making Better Mistakes, CVPR 2020.
    """
    written = F.softmax(full_precision(logits)[:, :, 1:], axis=-1)
    loss = 0.0
    for part in PARTS:
        q = paddle.matmul(written, tables[part][1:])
        loss -= (paddle.matmul(gamma, tables[part]) * paddle.log(q + _FLOOR)).sum(axis=[1, 2])
    return loss
