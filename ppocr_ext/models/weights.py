"""Weights in, whatever their form and dictionary: convert, transplant, load, and say so."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import paddle
import paddle.nn.functional as F
from paddle import nn

from ppocr_ext.checkpoint import read_pdparams, refuse_damaged
from ppocr_ext.console import tool_command
from ppocr_ext.errors import UserError
from ppocr_ext.models.build import ARCHITECTURES, Recognizer, build_network
from ppocr_ext.models.layers import ConvBN
from ppocr_ext.models.lcnetv4 import ConvBNReLU, RepDWConv
from ppocr_ext.models.lift import AGAIN, lift, open_inference_model
from ppocr_ext.models.transplant import (
    TransplantPlan,
    num_classes_of,
    plan_transplant,
    transplant_arrays,
)
from ppocr_ext.records.records import Note
from ppocr_ext.runtime import PUBLISHED
from ppocr_ext.text.charset import Charset

Arrays = dict[str, np.ndarray]
# Heads beside a CTC head: they only guide training, and may start at random.
GUIDES = ("head.before_gtc.", "head.gtc_head.", "head.structure_head.")


@dataclass
class Loaded:
    """What :func:`load_weights` did: how the head moved, and notes for the log."""

    head: TransplantPlan
    notes: list[str]


def with_suffix(prefix: Path, suffix: str) -> Path:
    """``prefix`` + ``suffix``; names may hold dots, so ``Path.with_suffix`` would not do."""
    return prefix.parent / f"{prefix.name}{suffix}"


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
        f"their characters are unknown",
        f"the old dictionary, as {beside.name} beside the weights or named by the config",
        "set Global.pretrained_character_dict_path to the dictionary of the weights",
    )


def load_weights(
    network: nn.Layer,
    architecture: Mapping[str, Any],
    weights: Path,
    charset: Charset,
    source: Charset | None = None,
    *,
    dictionary: str | None = None,
    seed: int = 0,
    partial: bool = False,
    fresh: Sequence[str] = (),
    make: str | None = None,
    digests: Mapping[Path, str] | None = None,
) -> Loaded:
    """Load weights into ``network``, whose classes are those of ``charset``.

    Multi-branch weights are fused when the network is, fused ones split into branches when it is
    not; a head of another dictionary is transplanted.

    Args:
        weights: a ``.pdparams`` file, or the ``.pdiparams`` or ``.onnx`` of an exported model.
        source: the dictionary of the weights; an export has its own, of others it is found by
            :func:`dictionary_of` when not given.
        partial: load what fits and say what does not, instead of refusing.
        fresh: regular expressions; tensors whose name one finds are left as they are.
        make: the command that makes the weights, for the message when they are damaged.
        digests: of the verified checkpoint whose weights they are: they are not hashed again.

    Raises:
        UserError: parts of the network find no weights, the file is damaged, or it is none.
    """
    if weights.suffix in (".pdiparams", ".onnx"):
        arrays, source = read_lifted(weights)
    else:
        refuse_damaged(weights, make, digests)
        arrays = read_pdparams(weights)
    num_classes = num_classes_of(arrays)
    if num_classes is None and num_classes_of(network.state_dict()) is None:
        # A network of PaddleOCR's: which of its tensors run over the classes is not known here.
        notes = _assign(network, arrays, weights, partial, fresh)
        return Loaded(plan_transplant(charset, charset), notes)
    if num_classes is None:
        raise UserError(
            f"{weights} has no head.ctc_head; it holds {', '.join(list(arrays)[:3])} …",
            "weights of a PP-OCR recogniser",
            f"choose other weights, such as {PUBLISHED}",
        )
    if source is None:
        source = dictionary_of(weights.with_suffix(""), num_classes, charset, dictionary)
    arrays, notes = _in_form_of(network, architecture, arrays, num_classes)
    plan = plan_transplant(source, charset)
    if not plan.is_identity:
        arrays = transplant_arrays(plan, arrays, seed)
        notes.append(Note(plan.describe(), "transplant"))
    notes += _assign(network, arrays, weights, partial, fresh)
    return Loaded(plan, notes)


def read_lifted(weights: Path) -> tuple[Arrays, Charset]:
    """The tensors of an exported model under the network's names, and its dictionary.

    Args:
        weights: its ``inference.pdiparams``, or an ``.onnx`` file.

    Raises :class:`UserError` when it is damaged, or its network or dictionary is not known.
    """
    source = weights if weights.suffix == ".onnx" else weights.parent
    model = open_inference_model(source)
    name, characters, with_space, _ = model.settings
    if name not in ARCHITECTURES or not characters:
        words = ["--source", source, "--model-name", name if name in ARCHITECTURES else "NAME"]
        words += [] if model.characters else ["--dict", "FILE"]
        raise UserError(
            f"{source} is an exported model of an unknown network or dictionary",
            f"an inference.yml beside it with its characters and one of {', '.join(ARCHITECTURES)}",
            f"make weights of it, and start from these: {tool_command('base_weights.py', *words)}",
        )
    charset = Charset(characters, with_space)
    network = build_network(ARCHITECTURES[name], charset.num_classes)
    try:
        lift(model, network)
    except UserError as error:  # its cure is for a model of an unknown architecture
        expected = f"{name}, as inference.yml says: {error.expected}"
        raise UserError(error.found, expected, AGAIN) from None
    return {key: tensor.numpy() for key, tensor in network.state_dict().items()}, charset


def _in_form_of(
    network: nn.Layer, architecture: Mapping[str, Any], arrays: Arrays, num_classes: int
) -> tuple[Arrays, list[str]]:
    """``arrays`` in the network's form, when they are in the other one; notes."""
    if _without_guides(network) <= set(arrays):
        return dict(arrays), []
    to_fused = architecture.get("form", "fused") == "fused"
    other_form = {**architecture, "form": "train" if to_fused else "fused"}
    other = build_network(other_form, num_classes)
    names = _without_guides(other)
    if not names <= set(arrays):
        return dict(arrays), []  # neither form: _assign names what is missing
    if to_fused:
        _copy_into(other, {name: arrays[name] for name in names})
        other.fuse()
    else:
        other = build_network(architecture, num_classes)
        split_into_branches(other, arrays)
    state = other.state_dict()
    converted = {name: state[name].numpy() for name in _without_guides(other)}
    others = {name: array for name, array in arrays.items() if name not in names}
    what = "fused multi-branch tensors" if to_fused else "split fused tensors"
    return {**others, **converted}, [f"{what}: {len(names)} into {len(converted)}"]


def _without_guides(network: nn.Layer) -> set[str]:
    return {name for name in network.state_dict() if not name.startswith(GUIDES)}


def _assign(
    network: nn.Layer, arrays: Arrays, weights: Path, partial: bool, fresh: Sequence[str]
) -> list[str]:
    """Copy every array whose name and shape match; returns notes about the others."""
    notes = []
    slots = network.state_dict()
    parts = {_part(name) for name in slots}
    asked = [name for name in slots if any(re.search(pattern, name) for pattern in fresh)]
    if asked:
        slots = {name: slot for name, slot in slots.items() if name not in asked}
        notes.append(f"as Global.fresh asks, they start at random: {', '.join(asked)}")
    fitting = {
        name: arrays[name]
        for name, slot in slots.items()
        if name in arrays and list(arrays[name].shape) == list(slot.shape)
    }
    for part in _unfit_guides(slots, fitting):
        slots = {name: slot for name, slot in slots.items() if not name.startswith(part)}
        fitting = {name: array for name, array in fitting.items() if name in slots}
        notes.append(f"{part.rstrip('.')} starts at random: {weights.name} has none that fits")
    gaps = [
        f"{name} (shape {list(arrays[name].shape)})" if name in arrays else name
        for name in slots
        if name not in fitting
    ]
    if gaps and not partial:
        raise UserError(
            f"{weights}: {len(gaps)} of the network's {len(slots)} tensors are missing or have a "
            f"different shape: {', '.join(gaps[:5])}{' …' if len(gaps) > 5 else ''}",
            "weights of the same Architecture",
            "correct Architecture in the config, or choose other weights",
        )
    _copy_into(network, fitting)
    if isinstance(network, Recognizer) and has_neutral_statistics(fitting):
        network.keeps_statistics = True
    if gaps:
        tensors = [[name, *_shapes(name, slots, arrays)] for name in slots if name not in fitting]
        text = f"not loaded, they start at random: {', '.join(gaps)}"
        notes.append(Note(text, "not_loaded", tensors=tensors))
    if unused := sorted({_part(name) for name in arrays} - parts):
        notes.append(f"not used, the network has no such part: {', '.join(unused)}")
    return notes


def _shapes(name: str, slots: Mapping[str, Any], arrays: Arrays) -> tuple[str, str]:
    """A tensor's shape in the network and in the file, empty where the file has none."""
    return str(list(slots[name].shape)), str(list(arrays[name].shape)) if name in arrays else ""


def _copy_into(network: nn.Layer, arrays: Mapping[str, np.ndarray]) -> None:
    """Like ``set_state_dict``, which warns of every tensor that is not given."""
    slots = network.state_dict()
    for name, array in arrays.items():
        slots[name].set_value(paddle.to_tensor(array).astype(slots[name].dtype))


def _unfit_guides(slots: Mapping[str, Any], fitting: Mapping[str, Any]) -> list[str]:
    """Guidance heads of a CTC network that do not fit as a whole."""
    if not any(name.startswith("head.ctc_head.") for name in slots):
        return []  # the decoder is the main head
    gaps = [name for name in slots if name not in fitting]
    return [part for part in GUIDES if any(name.startswith(part) for name in gaps)]


def _part(name: str) -> str:
    """``head.gtc_head`` of ``head.gtc_head.decoder.0.norm1.weight``."""
    return ".".join(name.split(".")[:2])


@paddle.no_grad()
def split_into_branches(network: nn.Layer, fused: Mapping[str, np.ndarray]) -> None:
    """Set ``network``, in the training form, to compute what the tensors ``fused`` compute.

    Tensors that both forms have are copied, those of ``fused`` that neither has are left out.
    """
    slots = network.state_dict()
    for name in slots.keys() & fused.keys():
        slots[name].set_value(fused[name])
    for name, layer in network.named_sublayers():
        if isinstance(layer, ConvBNReLU) and f"{name}.conv.bias" in fused:
            _take(layer.conv, layer.bn, *_pair(fused, f"{name}.conv"))
        elif isinstance(layer, ConvBN) and f"{name}.bias" in fused:
            _take(layer.conv, layer.bn, *_pair(fused, name))
        elif isinstance(layer, RepDWConv):
            weight, bias = _pair(fused, f"{name}.reparam_conv")
            others = F.pad(layer.conv1.weight + 1.0, [1, 1, 1, 1])  # and the identity
            _take(layer.conv.conv, layer.conv.bn, weight - others, paddle.zeros_like(bias))
            _neutral(layer.bn, bias)
        elif hasattr(layer, "conv_kxk"):  # PPLCNetV3's LearnableRepLayer
            first, *more = layer.conv_kxk
            _take(first.conv, first.bn, *_pair(fused, f"{name}.reparam_conv"))
            unused = [*(branch.bn for branch in more), layer.identity]
            unused += [layer.conv_1x1.bn] if layer.conv_1x1 is not None else []
            for norm in filter(None, unused):
                _neutral(norm, paddle.zeros_like(norm.bias))
                norm.weight.set_value(paddle.zeros_like(norm.weight))


def has_neutral_statistics(arrays: Mapping[str, np.ndarray]) -> bool:
    """Whether a BatchNorm's statistics in saved weights were never measured."""
    return any(name.endswith("._variance") and (arrays[name] == 1).all() for name in arrays)


def _pair(arrays: Mapping[str, np.ndarray], name: str) -> tuple[Any, Any]:
    return paddle.to_tensor(arrays[f"{name}.weight"]), paddle.to_tensor(arrays[f"{name}.bias"])


def _take(conv: nn.Conv2D, norm: nn.BatchNorm2D, weight: Any, bias: Any) -> None:
    """Let both together be the convolution with this weight and bias."""
    conv.weight.set_value(weight)
    _neutral(norm, bias)


def _neutral(norm: nn.BatchNorm2D, bias: Any) -> None:
    """Let it add ``bias`` and do nothing else."""
    norm._mean.set_value(paddle.zeros_like(norm._mean))
    norm._variance.set_value(paddle.ones_like(norm._variance))
    norm.weight.set_value(paddle.full_like(norm.weight, (1.0 + norm._epsilon) ** 0.5))
    norm.bias.set_value(bias)
