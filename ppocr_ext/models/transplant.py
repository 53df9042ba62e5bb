"""Move a network's heads to another dictionary, keeping what they have learnt.

A character of both dictionaries keeps its row. A new letter starts from its nearest relative
(ế from ê, else é, else e) with a little noise, so that twins can part, and a lower bias, so
that it does not outvote its parent at once; a character without a relative from the average
row, which wins nowhere. Most of the work of a fine-tune is thereby done before step 0
(PP-OCRv6 small onto the Vietnamese dictionary: acc 0.20 against 0 at random).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ppocr_ext.models.nrtr import EXTRA_CLASSES, SHIFT
from ppocr_ext.text.charset import Charset
from ppocr_ext.text.letters import parents

DERIVED_NOISE = 0.05  # of the standard deviation of the row that a new one starts from
DERIVED_BIAS = -1.0
HEAD_WEIGHT = "head.ctc_head.fc.weight"
HEAD_BIAS = "head.ctc_head.fc.bias"
# Linear layers onto the classes (the second is PP-OCRv6 tiny's), and the axis of the decoder's
# tensors that runs over them.
CLASSIFIERS = ("head.ctc_head.fc", "head.ctc_head.fc2", "head.structure_head.base")
VOCABULARIES = {
    "head.gtc_head.embedding.embedding.weight": 0,
    "head.gtc_head.tgt_word_prj.weight": 1,
}


@dataclass(frozen=True)
class TransplantPlan:
    """Where each class of the target comes from.

    sources: per target class the source class index, -1 for a class without any relative;
    kept: per target class whether it is the same character.
    """

    target_classes: tuple[str, ...]
    source_classes: tuple[str, ...]
    sources: np.ndarray
    kept: np.ndarray

    @property
    def is_identity(self) -> bool:
        return self.target_classes == self.source_classes

    @property
    def source_shape(self) -> tuple[int]:
        """The last dimension of everything that belongs to the source's head."""
        return (len(self.source_classes),)

    def describe(self) -> str:
        """What was copied, derived and new, for people."""
        derived = [
            f"{self.target_classes[i]}<{self.source_classes[self.sources[i]]}"
            for i in np.flatnonzero(~self.kept & (self.sources >= 0))
        ]
        new = [self.target_classes[i] for i in np.flatnonzero(self.sources < 0)]
        lines = [
            f"head transplanted from {len(self.source_classes)} to {len(self.target_classes)} "
            f"classes: {int(self.kept.sum())} copied, {len(derived)} derived, {len(new)} new"
        ]
        if derived:
            lines.append("  derived: " + " ".join(derived))
        if new:
            lines.append("  new:     " + " ".join(new))
        return "\n".join(lines)


def plan_transplant(source: Charset, target: Charset) -> TransplantPlan:
    """Match the classes of two dictionaries; the blank stays the blank."""
    index = {character: i for i, character in enumerate(source.classes)}
    sources, kept = [0], [True]
    for character in target.classes[1:]:
        known = character in index
        relatives: Sequence[str] = [character] if known else parents(character)
        sources.append(next((index[c] for c in relatives if c in index), -1))
        kept.append(known)
    return TransplantPlan(target.classes, source.classes, np.array(sources), np.array(kept))


def transplant_head(
    plan: TransplantPlan, weight: np.ndarray, bias: np.ndarray, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """weight [C, source classes], bias [source classes] -> the same for the target's classes."""
    random = np.random.default_rng(seed)
    new_weight = weight[:, plan.sources].copy()
    new_bias = bias[plan.sources].copy()
    for i in np.flatnonzero(~plan.kept):
        if plan.sources[i] >= 0:
            new_bias[i] += DERIVED_BIAS
        else:
            new_weight[:, i] = weight[:, 1:].mean(axis=1)
            new_bias[i] = bias[1:].mean()
        spread = DERIVED_NOISE * new_weight[:, i].std()
        new_weight[:, i] += random.normal(0.0, spread, len(weight))
    return new_weight.astype(weight.dtype), new_bias.astype(bias.dtype)


def transplant_vocabulary(
    plan: TransplantPlan, tensor: np.ndarray, axis: int, seed: int = 0
) -> np.ndarray:
    """A decoder's embedding or projection; what it counts besides the dictionary stays."""
    random = np.random.default_rng(seed)
    old = np.moveaxis(tensor, axis, 0)
    new = old[_vocabulary_sources(plan, len(old))].copy()
    for i in np.flatnonzero(~plan.kept):
        if plan.sources[i] < 0:
            new[i + SHIFT] = old[SHIFT:-1].mean(axis=0)
        spread = DERIVED_NOISE * new[i + SHIFT].std()
        new[i + SHIFT] += random.normal(0.0, spread, new.shape[1:])
    return np.ascontiguousarray(np.moveaxis(new, 0, axis))


def _vocabulary_sources(plan: TransplantPlan, size: int) -> np.ndarray:
    """Where each of a decoder's classes comes from; the end comes where CTC has its blank."""
    return np.array([*range(SHIFT), *(plan.sources + SHIFT).clip(SHIFT), size - 1])


def transplant_arrays(
    plan: TransplantPlan, arrays: Mapping[str, np.ndarray], seed: int = 0
) -> dict[str, np.ndarray]:
    """All of a network's tensors, those that run over the classes moved."""
    moved = dict(arrays)
    for layer in CLASSIFIERS:
        weight, bias = f"{layer}.weight", f"{layer}.bias"
        if bias in arrays and arrays[bias].shape == plan.source_shape:
            moved[weight], moved[bias] = transplant_head(plan, arrays[weight], arrays[bias], seed)
    for name, axis in VOCABULARIES.items():
        if name in arrays:
            moved[name] = transplant_vocabulary(plan, arrays[name], axis, seed)
    return moved


def num_classes_of(arrays: Mapping[str, np.ndarray]) -> int | None:
    """Classes of the dictionary behind a network's main head; ``None`` if no head is known."""
    two_layers = "head.ctc_head.fc2.bias"
    if two_layers in arrays or HEAD_BIAS in arrays:
        return arrays[two_layers if two_layers in arrays else HEAD_BIAS].size
    embedding = arrays.get("head.gtc_head.embedding.embedding.weight")
    return None if embedding is None else len(embedding) - EXTRA_CLASSES


def transplant_moment(plan: TransplantPlan, name: str, moment: np.ndarray) -> np.ndarray:
    """An optimizer's moment of the tensor ``name``, for the target's classes; 0 for new ones."""
    if name in VOCABULARIES and moment.ndim == 2:
        axis = VOCABULARIES[name]
        old = np.moveaxis(moment, axis, 0)
        kept = np.array([True] * SHIFT + plan.kept.tolist() + [True])
        new = np.where(kept[:, None], old[_vocabulary_sources(plan, len(old))], 0)
        return np.ascontiguousarray(np.moveaxis(new, 0, axis)).astype(moment.dtype)
    if name.rpartition(".")[0] in CLASSIFIERS and moment.shape[-1:] == plan.source_shape:
        return np.where(plan.kept, moment[..., plan.sources], 0).astype(moment.dtype)
    return moment
