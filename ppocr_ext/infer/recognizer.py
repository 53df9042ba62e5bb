"""A trained recogniser as a Python object: images in, texts and confidences out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import paddle
import paddle.nn.functional as F

from ppocr_ext.checkpoint import Checkpoint, load_checkpoint, read_pdparams
from ppocr_ext.config import Config, load_config
from ppocr_ext.errors import UserError
from ppocr_ext.models.build import build_network
from ppocr_ext.models.inputs import to_input
from ppocr_ext.text.charset import Charset
from ppocr_ext.text.codec import CTCCodec
from ppocr_ext.transforms.image import UnreadableImage, read_image
from ppocr_ext.transforms.resize import pad_batch, resize_to_height

READ_AHEAD = 512  # images decoded and sorted by width at a time


class Reading(NamedTuple):
    """text: NFC; confidence: mean probability of its characters, 0..1; error: why unread."""

    text: str
    confidence: float
    error: str = ""


class Recognizer:
    """Reads line images with a checkpoint of ``tools/train.py``.

    Args:
        model: a run folder (its ``best_accuracy``, else ``latest``), or a checkpoint prefix
            such as ``output/vi_rec/latest``.
        batch_size: lines read together; lines of similar width share a batch.
    """

    def __init__(self, model: str | Path, batch_size: int = 16) -> None:
        self.checkpoint = _find_checkpoint(Path(model))
        self.config: Config = load_config(self.checkpoint.path("yml"))
        state = self.checkpoint.state
        charset = Charset(state["characters"], state["use_space_char"])
        self.codec = CTCCodec(charset)
        self.batch_size = batch_size
        architecture = self.config.to_dict()["Architecture"]
        self.network = build_network(architecture, charset.num_classes)
        self.network.set_state_dict(read_pdparams(self.checkpoint.path("pdparams")))
        self.network.fuse()
        self.network.eval()

    def read(self, images: Sequence[np.ndarray | str | Path]) -> list[Reading]:
        """Read uint8 BGR arrays [H, W, 3] or image paths; the order is kept.

        An image that cannot be decoded gives a :class:`Reading` with its ``error``.
        """
        return list(self.stream(images))

    def stream(self, images: Sequence[np.ndarray | str | Path]) -> Iterator[Reading]:
        """As :meth:`read`, yielding while it reads, in bounded memory."""
        for start in range(0, len(images), READ_AHEAD):
            yield from self._read_chunk(images[start : start + READ_AHEAD])

    def _read_chunk(self, images: Sequence[np.ndarray | str | Path]) -> list[Reading]:
        readings: list[Reading] = [Reading("", 0.0)] * len(images)
        lines: list[tuple[int, np.ndarray]] = []
        for place, image in enumerate(images):
            try:
                pixels = image if isinstance(image, np.ndarray) else read_image(image)
                lines.append((place, resize_to_height(pixels)))
            except UnreadableImage as error:
                readings[place] = Reading("", 0.0, str(error))
        lines.sort(key=lambda line: line[1].shape[1])
        for start in range(0, len(lines), self.batch_size):
            batch = lines[start : start + self.batch_size]
            results = self._read_batch([pixels for _, pixels in batch])
            for (place, _), (text, confidence) in zip(batch, results, strict=True):
                readings[place] = Reading(text, confidence)
        return readings

    def _read_batch(self, lines: Sequence[np.ndarray]) -> list[tuple[str, float]]:
        images, widths = pad_batch(lines)
        with paddle.no_grad():
            logits = self.network(to_input(images, widths))["ctc"]
        return self.codec.decode_batch(F.softmax(logits, axis=-1).numpy())


def newest_run(output: Path = Path("output")) -> Path:
    """The run folder under ``output`` whose checkpoint is the newest."""
    manifests = [*output.glob("*/best_accuracy.json"), *output.glob("*/latest.json")]
    if not manifests:
        raise UserError(
            f"no trained model under {output}",
            "a run folder with best_accuracy or latest",
            "train one: python tools/train.py -c configs/rec_quick.yml, or give one with --model",
        )
    return max(manifests, key=lambda path: path.stat().st_mtime).parent


def _find_checkpoint(model: Path) -> Checkpoint:
    """The checkpoint at ``model``; of a run folder its best."""
    best = model / "best_accuracy"
    has_best = best.with_name(best.name + ".pdparams").is_file()
    return load_checkpoint(best if has_best else model)
