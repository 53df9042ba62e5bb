"""A checkpoint of any kind as a network that only reads, and that network as inference files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paddle
from paddle import Tensor, nn

from ppocr_ext.checkpoint import Checkpoint, read_pdparams
from ppocr_ext.checkpoint.store import Warn
from ppocr_ext.checkpoint.sums import refuse_damaged
from ppocr_ext.checksums import sha256_of
from ppocr_ext.config import Config, load_config
from ppocr_ext.console import tool_command
from ppocr_ext.errors import UserError
from ppocr_ext.models.build import ARCHITECTURES, build_network
from ppocr_ext.models.lines import probabilities
from ppocr_ext.models.weights import load_weights, with_suffix
from ppocr_ext.narrow import writable
from ppocr_ext.runs.model import Model, find_model
from ppocr_ext.text.charset import Charset


@dataclass(frozen=True)
class TrainedModel:
    """network: [B, 3, 48, W] -> {"ctc": logits [B, W/8, classes]}, or {"attention": logits
    [B, S, classes]} of a decoder; name: PaddleOCR's model name, ``None`` for another network.

    config is that of the run, ``None`` for base weights; weights names the file; state is that of
    its checkpoint.
    """

    network: nn.Layer
    charset: Charset
    name: str | None
    weights: Path
    global_step: int
    config: Config | None
    state: Mapping[str, Any] = field(default_factory=dict)
    weights_sha256: str = field(kw_only=True)

    @property
    def is_decoder(self) -> bool:
        """Whether it reads with an attention decoder, whose loop Paddle alone runs."""
        return "ctc" not in self.network.outputs


def load_trained(
    model: str | Path | Model, config: Config | None = None, warn: Warn | None = None
) -> TrainedModel:
    """Load a run's checkpoint, base weights, a published model, or (with ``config``) a stock
    PaddleOCR checkpoint.

    Raises :class:`UserError` when there is none, or when its architecture or dictionary is not
    known.
    """
    model = find_model(model)
    prefix = model.require_weights().with_suffix("")
    if with_suffix(prefix, ".dict.txt").is_file() and config is None:
        return _base_weights(prefix)
    checkpoint, weights = model.checkpoint(warn)
    if config is not None:
        return _with_config(checkpoint, weights, config)
    if checkpoint.partial or "yml" not in checkpoint.files:
        beside = checkpoint.prefix.with_name("config.yml")
        export = ("--model", checkpoint.prefix, "-c", beside if beside.is_file() else "CONFIG.yml")
        raise UserError(
            f"{checkpoint.prefix}: its architecture and dictionary are not stored with it",
            "a checkpoint of tools/train.py",
            "export it with the config that it was trained with: "
            + tool_command("export_model.py", *export),
        )
    config = load_config(checkpoint.path("yml"), saved=True)
    state = checkpoint.state
    charset = Charset(state["characters"], state["use_space_char"])
    architecture = config.tree["Architecture"]
    network = build_network(architecture, charset.num_classes)
    network.set_state_dict(read_pdparams(weights))
    return _ready(network, charset, architecture, checkpoint, weights, config)


def _with_config(checkpoint: Checkpoint, weights: Path, config: Config) -> TrainedModel:
    settings, architecture = config.Global, config.tree["Architecture"]
    path = Path(settings.character_dict_path)
    charset = Charset.load(path, use_space_char=settings.use_space_char, strict=False)
    network = build_network(architecture, charset.num_classes)
    load_weights(network, architecture, weights, charset, charset, digests=checkpoint.digests)
    return _ready(network, charset, architecture, checkpoint, weights, config)


def _ready(
    network: nn.Layer,
    charset: Charset,
    architecture: Mapping[str, Any],
    checkpoint: Checkpoint,
    weights: Path,
    config: Config,
) -> TrainedModel:
    network.fuse()
    network.eval()
    name = config.Global.model_name or model_name(architecture)
    return TrainedModel(
        network,
        charset,
        name,
        weights,
        checkpoint.global_step,
        config,
        checkpoint.state,
        weights_sha256=checkpoint.digests.get(weights) or sha256_of(weights),
    )


def _base_weights(prefix: Path) -> TrainedModel:
    """Weights of ``tools/base_weights.py`` or published ones: their JSON names the model."""
    weights = with_suffix(prefix, ".pdparams")
    refuse_damaged(weights)
    facts = json.loads(with_suffix(prefix, ".json").read_text(encoding="utf-8"))
    dictionary = with_suffix(prefix, ".dict.txt")
    charset = Charset.load(dictionary, strict=False)
    if charset.num_classes != facts["classes"]:
        charset = Charset(charset.characters, use_space_char=False)
    architecture = ARCHITECTURES[facts["model"]]
    network = build_network(architecture, charset.num_classes)
    load_weights(network, architecture, weights, charset, charset)
    network.eval()
    digest = sha256_of(weights)
    return TrainedModel(network, charset, facts["model"], weights, 0, None, weights_sha256=digest)


def model_name(architecture: Mapping[str, Any]) -> str | None:
    """PaddleOCR's name of the listed model with this backbone; ``None`` where there is none."""
    backbone = architecture["Backbone"]
    for name, known in ARCHITECTURES.items():
        if all(backbone.get(key) == value for key, value in known["Backbone"].items()):
            return name
    return None


HEIGHT = 48  # pixels


class Reader(nn.Layer):
    """What is exported: images [B, 3, 48, W] in -1..1 -> probabilities [B, T, classes].

    The temperature is part of it, so a calibrated model is calibrated in PaddleOCR and RapidOCR as
    well; and what a decoder writes is CTC's, which they read.
    """

    def __init__(self, network: nn.Layer, temperature: float = 1.0) -> None:
        super().__init__()
        self.network = network
        self.temperature = temperature

    def forward(self, x: Tensor) -> Tensor:
        return probabilities(self.network(x), self.temperature)


def write_program(network: nn.Layer, folder: Path, temperature: float = 1.0) -> None:
    """Write both files of a reader into ``folder``."""
    save_program(Reader(network, temperature), folder)


def save_program(layer: nn.Layer, folder: Path) -> None:
    """Write what ``layer`` computes of images in evaluation; batch and width are free."""
    layer.eval()
    images = paddle.static.InputSpec([None, 3, HEIGHT, None], "float32", name="x")
    program = paddle.jit.to_static(layer, input_spec=[images], full_graph=True)
    with writable(folder) as place:
        paddle.jit.save(program, str(place / "inference"))
