"""Weights in, whatever their form and dictionary: convert, transplant, load, and say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from paddle import nn

from ppocr_ext.checkpoint import read_pdparams
from ppocr_ext.errors import UserError
from ppocr_ext.models.build import build_network
from ppocr_ext.models.transplant import HEAD_BIAS, HEAD_WEIGHT, plan_transplant, transplant_head
from ppocr_ext.text.charset import Charset

Arrays = dict[str, np.ndarray]


@dataclass
class LoadReport:
    """What :func:`load_weights` did: notes for the log, names that did not match."""

    notes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)


def weights_prefix(path: str | Path) -> Path:
    """``…/latest`` for ``…/latest`` and ``…/latest.pdparams``, as PaddleOCR writes prefixes."""
    path = Path(path)
    return path.with_suffix("") if path.suffix == ".pdparams" else path


def with_suffix(prefix: Path, suffix: str) -> Path:
    """``prefix`` + ``suffix``; names may hold dots, so ``Path.with_suffix`` would not do."""
    return prefix.with_name(prefix.name + suffix)


def dictionary_of(prefix: Path, num_classes: int, target: Charset, named: str | None) -> Charset:
    """The dictionary that weights with ``num_classes`` outputs were trained on.

    Looks at ``named`` (``Global.pretrained_character_dict_path``), at ``<prefix>.dict.txt``,
    which our tools write beside weights, and at the target itself when the sizes agree.
    """
    beside = with_suffix(prefix, ".dict.txt")
    path = Path(named) if named else beside
    if path.is_file():
        for with_space in (True, False):
            charset = Charset.load(path, use_space_char=with_space, strict=False)
            if charset.num_classes == num_classes:
                return charset
        raise UserError(
            f"{path}: {charset.num_classes} classes, but the weights {prefix} have {num_classes}",
            "the dictionary that the weights were trained on",
            "set Global.pretrained_character_dict_path to it",
        )
    if num_classes == target.num_classes:
        return target
    raise UserError(
        f"{prefix}: {num_classes} classes, but the dictionary has {target.num_classes}, and "
        f"which characters the {num_classes} are is not known",
        f"the old dictionary, as {beside.name} beside the weights or named by the config",
        "set Global.pretrained_character_dict_path to the dictionary of the weights",
    )


def load_weights(
    network: nn.Layer,
    architecture: Mapping[str, Any],
    prefix: str | Path,
    charset: Charset,
    dictionary: str | None = None,
    seed: int = 0,
) -> LoadReport:
    """Load ``<prefix>.pdparams`` into ``network``, whose classes are those of ``charset``.

    Multi-branch training weights are fused when the network is; another dictionary is
    transplanted. Raises :class:`UserError` when parts of the network find no weights.
    """
    prefix = weights_prefix(prefix)
    arrays = read_pdparams(with_suffix(prefix, ".pdparams"))
    report = LoadReport()
    if HEAD_WEIGHT not in arrays:
        raise UserError(
            f"{prefix}.pdparams has no {HEAD_WEIGHT}; it holds {', '.join(list(arrays)[:3])} …",
            "weights of a PP-OCR recogniser with a CTC head",
            "make base weights with: python tools/base_weights.py",
        )
    source = dictionary_of(prefix, arrays[HEAD_BIAS].size, charset, dictionary)
    arrays = _in_form_of(network, architecture, arrays, report)
    plan = plan_transplant(source, charset)
    if not plan.is_identity:
        head = transplant_head(plan, arrays[HEAD_WEIGHT], arrays[HEAD_BIAS], seed)
        arrays[HEAD_WEIGHT], arrays[HEAD_BIAS] = head
        report.notes.append(plan.describe())
    _assign(network, arrays, prefix, report)
    return report


def _in_form_of(
    network: nn.Layer, architecture: Mapping[str, Any], arrays: Arrays, report: LoadReport
) -> Arrays:
    """``arrays`` fused, when they are multi-branch and the network is not."""
    wanted = network.state_dict()
    if architecture.get("form", "fused") != "fused" or all(name in arrays for name in wanted):
        return dict(arrays)
    branches = build_network({**architecture, "form": "train"}, arrays[HEAD_BIAS].size)
    if not set(branches.state_dict()) <= set(arrays):
        return dict(arrays)  # neither form: _assign names what is missing
    branches.set_state_dict({name: arrays[name] for name in branches.state_dict()})
    branches.fuse()
    fused = {name: tensor.numpy() for name, tensor in branches.state_dict().items()}
    report.notes.append(f"fused {len(arrays)} multi-branch tensors into {len(fused)}")
    return fused


def _assign(network: nn.Layer, arrays: Arrays, prefix: Path, report: LoadReport) -> None:
    """Copy every array whose name and shape match; refuse to leave a gap."""
    slots = network.state_dict()
    wrong = [
        f"{name} {list(arrays[name].shape)} for {list(slot.shape)}"
        for name, slot in slots.items()
        if name in arrays and list(arrays[name].shape) != list(slot.shape)
    ]
    report.missing = [name for name in slots if name not in arrays]
    report.unexpected = [name for name in arrays if name not in slots]
    if report.missing or wrong:
        problems = [f"missing: {name}" for name in report.missing] + [f"shape: {w}" for w in wrong]
        raise UserError(
            f"{prefix}.pdparams does not fit the network; {len(problems)} of {len(slots)} tensors: "
            + "; ".join(problems[:5]),
            "weights of the same Architecture",
            "correct Architecture in the config, or choose other weights",
        )
    network.set_state_dict({name: arrays[name] for name in slots})
    if report.unexpected:
        left = sorted({".".join(name.split(".")[:2]) for name in report.unexpected})
        report.notes.append(f"left out {len(report.unexpected)} tensors of {', '.join(left)}")
