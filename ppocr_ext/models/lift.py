"""Lift an inference model back into a trainable network, exactly.

An exported model holds the same tensors as the fused network, in the order in which the
forward pass uses them, under other names. So: list both sequences, check every shape, copy,
and prove it by comparing outputs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import paddle
from paddle import nn

from ppocr_ext.checksums import require_recorded
from ppocr_ext.errors import UserError
from ppocr_ext.narrow import readable

LARGEST_DIFFERENCE = 1e-3
NORM_SLOTS = {
    "batch_norm": ["Scale", "Bias", "Mean", "Variance"],
    "layer_norm": ["Scale", "Bias"],
}
AGAIN = "copy the model again from where it came from"
PROBE_SHAPES = ((2, 3, 48, 320), (1, 3, 48, 488))


class Settings(NamedTuple):
    """What ``inference.yml`` beside an exported recogniser says.

    name: PaddleOCR's name of the model; characters: its dictionary; temperature: by which our
    export divided the logits. Each is unknown where there is no such file.
    """

    name: str | None = None
    characters: tuple[str, ...] | None = None
    use_space_char: bool = True
    temperature: float = 1.0

    @classmethod
    def read(cls, folder: Path) -> Settings:
        """Of PaddleX's model folder, or of ours, which has a section more."""
        import yaml

        path = folder / "inference.yml"
        if not path.is_file():
            return cls()
        with open(path, encoding="utf-8") as stream:
            tree = yaml.safe_load(stream)
        characters = (tree.get("PostProcess") or {}).get("character_dict")
        ours = tree.get("Export") or {}
        return cls(
            (tree.get("Global") or {}).get("model_name"),
            tuple(map(str, characters)) if characters else None,
            ours.get("use_space_char", True),
            float((ours.get("calibration") or {}).get("temperature", 1.0)),
        )


@dataclass(frozen=True)
class InferenceModel:
    """An exported recogniser.

    tensors: float32 weights in forward order; run: images [B, 3, 48, W] -> probabilities
    [B, T, classes]; characters: its dictionary when the files hold it, else ``None``.
    """

    source: Path
    tensors: list[np.ndarray]
    run: Any
    characters: tuple[str, ...] | None
    settings: Settings


def open_inference_model(path: Path) -> InferenceModel:
    """Open an ``.onnx`` file or a folder with ``inference.pdmodel``/``.json`` + ``.pdiparams``, or
    else ``inference.onnx``.

    Raises :class:`UserError` when there is none, it is not what was recorded beside it, or damaged.
    """
    path = Path(path)
    for suffix in (".json", ".pdmodel"):
        program, weights = f"inference{suffix}", "inference.pdiparams"
        if (path / program).is_file() and (path / weights).is_file():
            require_recorded(path, program, weights, cure=AGAIN)
            with _refusing(path):
                return _open_paddle(path, path / program)
    alone = path / "inference.onnx" if path.is_dir() else path
    if alone.suffix == ".onnx" and alone.is_file():
        require_recorded(alone.parent, alone.name, cure=AGAIN)
        with _refusing(alone):
            return _open_onnx(alone)
    raise UserError(
        f"{path}: no inference model found",
        "an .onnx file, or a folder with inference.json (or .pdmodel) and inference.pdiparams",
        "give the folder or the file that holds them",
    )


@contextmanager
def _refusing(model: Path) -> Iterator[None]:
    """Paddle, ONNX and YAML raise nearly anything on damaged files that no sum is recorded of."""
    try:
        yield
    except (UserError, ImportError, MemoryError):
        raise
    except Exception as error:
        what = f"{type(error).__name__}: {str(error).strip()}".splitlines()[0][:200]
        raise UserError(
            f"{model} is damaged, or not an exported model ({what})",
            "an exported recogniser as it was written, with its inference.yml",
            AGAIN,
        ) from None


def lift(model: InferenceModel, network: nn.Layer) -> float:
    """Copy ``model``'s tensors into ``network`` (fused form); returns the largest difference.

    Raises :class:`UserError` when the sequences do not match or the outputs differ by more
    than 1e-3.
    """
    network.eval()
    slots = tensors_in_forward_order(network)
    if len(slots) != len(model.tensors):
        raise UserError(
            f"{model.source}: {len(model.tensors)} weight tensors",
            f"{len(slots)}, as the network has",
            cure="choose the architecture of this model with --model-name",
        )
    for number, ((name, slot), value) in enumerate(zip(slots, model.tensors, strict=True)):
        # A bias may come as [1, C, 1, 1]; everything else keeps its shape.
        if slot.size != value.size or (slot.ndim > 1 and list(value.shape) != slot.shape):
            raise UserError(
                f"{model.source}: tensor {number} has shape {list(value.shape)}",
                f"{slot.shape} for {name}",
                "choose the architecture of this model with --model-name",
            )
        slot.set_value(value.reshape(slot.shape).astype("float32"))
    difference = largest_difference(model, network)
    if not difference <= LARGEST_DIFFERENCE:
        raise UserError(
            f"{model.source}: lifted weights give outputs that differ by {difference:.2e}",
            f"at most {LARGEST_DIFFERENCE:.0e}",
            "choose the architecture of this model with --model-name, or put its inference.yml, "
            "which may name a temperature, beside it",
        )
    return difference


def largest_difference(model: InferenceModel, network: nn.Layer) -> float:
    """Largest absolute difference of probabilities on seeded random images of two widths."""
    random = np.random.default_rng(0)
    worst = 0.0
    network.eval()
    for shape in PROBE_SHAPES:
        images = random.uniform(-1, 1, shape).astype("float32")
        with paddle.no_grad():
            logits = network(paddle.to_tensor(images))["ctc"] / model.settings.temperature
        ours = nn.functional.softmax(logits, axis=-1)
        worst = max(worst, float(np.abs(ours.numpy() - model.run(images)).max()))
    return worst


def tensors_in_forward_order(network: nn.Layer) -> list[tuple[str, paddle.Tensor]]:
    """(name, tensor) of every weight and BatchNorm statistic, in order of first use."""
    order: list[tuple[str, paddle.Tensor]] = []
    seen: set[int] = set()

    def note(prefix: str, layer: nn.Layer) -> None:
        if id(layer) not in seen:
            seen.add(id(layer))
            owned = [*layer._parameters.items(), *layer._buffers.items()]
            order.extend((f"{prefix}.{name}", each) for name, each in owned if each is not None)

    hooks = [
        layer.register_forward_pre_hook(lambda layer, _, name=name: note(name, layer))
        for name, layer in network.named_sublayers()
        if layer._parameters
    ]
    with paddle.no_grad():
        network(paddle.zeros(list(PROBE_SHAPES[0])))
    for hook in hooks:
        hook.remove()
    return order


def _open_onnx(path: Path) -> InferenceModel:
    import onnx
    import onnxruntime

    graph = onnx.load(str(path)).graph
    weights = {
        tensor.name: onnx.numpy_helper.to_array(tensor)
        for tensor in graph.initializer
        if tensor.data_type == onnx.TensorProto.FLOAT
    }
    for node in graph.node:  # some exporters pass weights through Identity or Constant nodes
        if node.op_type == "Identity" and node.input[0] in weights:
            weights[node.output[0]] = weights[node.input[0]]
        elif node.op_type == "Constant" and node.attribute[0].HasField("t"):
            weights[node.output[0]] = onnx.numpy_helper.to_array(node.attribute[0].t)
    tensors = [
        weights[name]
        for node in graph.node
        if node.op_type != "Identity"
        for name in node.input
        if name in weights and weights[name].size > 1 and weights[name].dtype == np.float32
    ]
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    entry = session.get_inputs()[0].name
    characters = session.get_modelmeta().custom_metadata_map.get("character")
    return InferenceModel(
        path,
        tensors,
        lambda images: session.run(None, {entry: images})[0],
        tuple(characters.split("\n")) if characters else None,
        Settings.read(path.parent),
    )


def _open_paddle(folder: Path, program_file: Path) -> InferenceModel:
    from paddle.pir_utils import IrGuard, OldIrGuard

    is_pir = program_file.suffix == ".json"
    scope = paddle.static.Scope()
    guard = IrGuard() if is_pir else OldIrGuard()
    with guard, paddle.static.scope_guard(scope), readable(folder, "inference.*") as place:
        executor = paddle.static.Executor(paddle.CPUPlace())
        program, _, _ = paddle.static.load_inference_model(str(place / "inference"), executor)
        names = _pir_weights(program) if is_pir else _program_weights(program)
        tensors = [np.array(scope.find_var(name).get_tensor()) for name in names]
    tensors = [tensor for tensor in tensors if tensor.dtype == np.float32]
    settings = Settings.read(folder)
    runner = _paddle_runner(program_file)
    return InferenceModel(folder, tensors, runner, settings.characters, settings)


def _program_weights(program: Any) -> list[str]:
    """Names of the weights a ``.pdmodel`` uses, in the order of its operators."""
    block = program.global_block()
    order: dict[str, None] = {}
    for operator in block.ops:
        if operator.type in ("feed", "fetch"):
            continue
        # Inputs come sorted by slot name; the layer owns them in NORM_SLOTS' order.
        slots = NORM_SLOTS.get(operator.type, operator.input_names)
        for slot in slots:
            for name in operator.input(slot):
                if block.has_var(name) and block.var(name).persistable:
                    order[name] = None
    return list(order)


def _pir_weights(program: Any) -> list[str]:
    """Names of the weights an ``inference.json`` uses, in the order of its operators."""
    order: dict[str, None] = {}
    for operator in program.global_block().ops:
        names = []
        for operand in operator.operands_source():
            source = operand.get_defining_op()
            if source is not None and source.name() == "builtin.parameter":
                names.append(source.attrs()["parameter_name"])
        if operator.name() == "pd_op.batch_norm_":  # x, mean, variance, scale, bias
            mean, variance, scale, bias = names
            names = [scale, bias, mean, variance]
        order.update(dict.fromkeys(names))
    return list(order)


def _paddle_runner(program_file: Path) -> Any:
    """images [B, 3, 48, W] float32 -> output, by Paddle's own inference engine."""
    from paddle import inference

    weights = program_file.with_suffix(".pdiparams")
    with readable(program_file.parent, "inference.*") as place:
        config = inference.Config(str(place / program_file.name), str(place / weights.name))
        config.disable_gpu()
        config.disable_glog_info()
        predictor = inference.create_predictor(config)

    def run(images: np.ndarray) -> np.ndarray:
        entry = predictor.get_input_handle(predictor.get_input_names()[0])
        entry.copy_from_cpu(images)
        predictor.run()
        return predictor.get_output_handle(predictor.get_output_names()[0]).copy_to_cpu()

    return run
