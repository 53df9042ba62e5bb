"""Tensors of PaddleOCR's official recognisers, written down from their classes.

Sources: ``NET_CONFIG_REC`` and the classes of ``ppocr/modeling/backbones/rec_lcnetv4.py``, and
``EncoderWithLightSVTR`` in ``ppocr/modeling/necks/rnn.py``, on PaddleOCR's main branch; the heads
from the wheel's own ``MultiHead``.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ppocr_ext.upstream import ppocr_module

Shape = list[int]
Named = tuple[str, Shape]

# Stem's middle and out channels; blocks as (in, out, whether stride 1, squeeze-and-excitation).
S, D = True, False  # the same size, halved height
NETS = {
    "tiny": ((24, 48), {
        2: [(48, 48, S, 1)], 3: [(48, 48, S, 0)],
        4: [(48, 96, D, 0), (96, 96, S, 1), (96, 96, S, 0)],
        5: [(96, 160, D, 0), (160, 160, S, 1), (160, 160, S, 0), (160, 160, S, 0)]}),
    "small": ((48, 96), {
        2: [(96, 96, S, 1)], 3: [(96, 96, S, 0), (96, 96, S, 0)],
        4: [(96, 192, D, 0), (192, 192, S, 1), (192, 192, S, 0), (192, 192, S, 1),
            (192, 192, S, 0), (192, 192, S, 1), (192, 192, S, 0)],
        5: [(192, 384, D, 0), (384, 384, S, 1), (384, 384, S, 0)]}),
    "medium": ((64, 128), {
        2: [(128, 128, S, 1)], 3: [(128, 256, S, 0), (256, 256, S, 0), (256, 256, S, 1)],
        4: [(256, 512, D, 0), (512, 512, S, 1), (512, 512, S, 0), (512, 512, S, 1),
            (512, 512, S, 0), (512, 512, S, 1), (512, 512, S, 0)],
        5: [(512, 768, D, 0), (768, 768, S, 1), (768, 768, S, 0)]}),
}  # fmt: skip
NECKS = {"small": (120, 240), "medium": (192, 768)}  # dims, hidden width of the MLP
NRTR_DIMS = {"tiny": 384, "small": 384, "medium": 512}


def norm(name: str, channels: int) -> Iterator[Named]:
    for tensor in ("weight", "bias", "_mean", "_variance"):
        yield f"{name}.{tensor}", [channels]


def plain(name: str, shape: Shape, out: int) -> Iterator[Named]:
    yield f"{name}.weight", shape
    yield f"{name}.bias", [out]


def conv(name: str, i: int, o: int, k: int, fused: bool, inside: str = "") -> Iterator[Named]:
    """A convolution with its BatchNorm; fused, one with a bias (``inside``: where it then is)."""
    if fused:
        yield from plain(name + inside, [o, i, k, k], o)
    else:
        yield f"{name}.conv.weight", [o, i, k, k]
        yield from norm(f"{name}.bn", o)


def backbone(size: str, fused: bool) -> Iterator[Named]:
    (mid, out), stages = NETS[size]
    if size == "tiny":
        yield from conv("conv1.0", 3, mid, 3, False)  # never fused
        yield from conv("conv1.2", mid, out, 3, False)
    else:
        yield from conv("conv1.stem1", 3, mid, 3, fused, ".conv")
        yield from conv("conv1.stem2a", mid, mid // 2, 2, fused, ".conv")
        yield from conv("conv1.stem2b", mid // 2, mid, 2, fused, ".conv")
        yield from conv("conv1.stem3", 2 * mid, mid, 3, fused, ".conv")
        yield from conv("conv1.stem4", mid, out, 1, fused, ".conv")
    for stage, blocks in stages.items():
        for number, entry in enumerate(blocks):
            yield from block(f"blocks{stage}.{number}", *entry, fused)


def block(name: str, i: int, o: int, same: bool, se: int, fused: bool) -> Iterator[Named]:
    mixer = f"{name}.token_mixer"
    if not (same and i == o):
        yield from conv(f"{mixer}.dw_conv", 1, i, 3, fused)
    elif fused:
        yield from plain(f"{mixer}.rep_dw.reparam_conv", [i, 1, 3, 3], i)
    else:
        yield from conv(f"{mixer}.rep_dw.conv", 1, i, 3, False)
        yield f"{mixer}.rep_dw.conv1.weight", [i, 1, 1, 1]
        yield from norm(f"{mixer}.rep_dw.bn", i)
    if se:
        yield from plain(f"{mixer}.se.conv1", [i // 4, i, 1, 1], i // 4)
        yield from plain(f"{mixer}.se.conv2", [i, i // 4, 1, 1], i)
    yield from conv(f"{name}.channel_mixer.expand", i, 2 * i, 1, fused)
    yield from conv(f"{name}.channel_mixer.compress", 2 * i, o, 1, fused)


def neck(in_channels: int, dims: int, hidden: int) -> Iterator[Named]:
    for name in ("conv_reduce", "skip_conv"):
        yield f"{name}.conv.weight", [dims, in_channels, 1, 1]
        yield from norm(f"{name}.norm", dims)
    yield "local_conv.0.weight", [dims, 1, 1, 7]
    yield from norm("local_conv.1", dims)
    for number in range(2):
        name = f"svtr_block.{number}"
        for each in ("norm1", "norm2"):
            yield from plain(f"{name}.{each}", [dims], dims)
        yield from plain(f"{name}.mixer.qkv", [dims, 3 * dims], 3 * dims)
        yield from plain(f"{name}.mixer.proj", [dims, dims], dims)
        yield from plain(f"{name}.mlp.fc1", [dims, hidden], hidden)
        yield from plain(f"{name}.mlp.fc2", [hidden, dims], dims)
    yield from plain("norm", [dims], dims)


def guide(size: str, channels: int, classes: int) -> Iterator[Named]:
    """The NRTR head, built by PaddleOCR itself."""
    multi = ppocr_module("modeling.heads.rec_multi_head").MultiHead(
        channels,
        {"CTCLabelDecode": classes, "NRTRLabelDecode": classes + 3},
        head_list=[
            {"CTCHead": {"Neck": {"name": "reshape"}, "Head": {}}},
            {"NRTRHead": {"nrtr_dim": NRTR_DIMS[size], "max_text_length": 25}},
        ],
    )
    for name, tensor in multi.state_dict().items():
        if name.startswith(("before_gtc.", "gtc_head.")) and not name.endswith(".pe"):
            yield name, list(tensor.shape)


def shapes(size: str, classes: int, fused: bool = False) -> dict[str, Shape]:
    """Every tensor of ``PP-OCRv6_<size>_rec``, as trained or after ``rep()``."""
    channels = NETS[size][1][5][-1][1]
    found = {f"backbone.{name}": shape for name, shape in backbone(size, fused)}
    if size == "tiny":
        head = [*plain("fc1", [channels, 80], 80), *plain("fc2", [80, classes], classes)]
    else:
        dims, hidden = NECKS[size]
        encoder = "head.ctc_encoder.encoder."
        found |= {encoder + name: shape for name, shape in neck(channels, dims, hidden)}
        head = [*plain("fc", [dims, classes], classes)]
    found |= {f"head.ctc_head.{name}": shape for name, shape in head}
    return found | {f"head.{name}": shape for name, shape in guide(size, channels, classes)}


def weights(size: str, classes: int, fused: bool = False) -> dict[str, np.ndarray]:
    """A state dict as a training could leave it."""
    random = np.random.default_rng(0)
    arrays = {}
    for name, shape in shapes(size, classes, fused).items():
        low, high = (0.5, 1.5) if name.endswith("_variance") else (-0.1, 0.1)
        arrays[name] = random.uniform(low, high, shape).astype("float32")
    return arrays
