"""Where text stands on a picture: a DB detector, rectangles out of its map.

Sources: Liao et al., "Real-time Scene Text Detection with Differentiable Binarization" (2019);
PaddleOCR's ``DBPostProcess``, whose box of a region, its smallest rectangle grown on every side by
area * ratio / perimeter, is computed here directly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml

from ppocr_ext.errors import UserError
from ppocr_ext.export.engines import fastest_engine, onnx_engine, openvino_engine
from ppocr_ext.files import read_text
from ppocr_ext.packages import package_folder
from ppocr_ext.transforms.curl import Curl, curl_of
from ppocr_ext.transforms.quads import ordered

BUNDLED = ("rapidocr", "models", "PP-OCRv6_det_small.onnx")
LONG_SIDE = 1600  # pixels of the picture that the detector sees
_LEAST_SIDE = 48  # of a strip: scaled by its long side alone it would have no rows left
_MOST_ENLARGED = 2.0
_MARGIN = 16  # pixels around the picture: text at its edge is found
_STEP = 32  # sides are multiples of it
_MOST_BOXES = 3000
_STRICTER = 0.3  # by which a region is looked at again
_SMALLEST = 3  # pixels of the short side of a region, before it grows


@dataclass(frozen=True)
class DetectorSettings:
    """How pixels enter the network (mean and standard deviation of BGR in 0..1), and how its map is
    read: from which value a pixel is text, which mean a region needs, by how much it grows."""

    mean: tuple[float, ...] = (0.5, 0.5, 0.5)
    std: tuple[float, ...] = (0.5, 0.5, 0.5)
    thresh: float = 0.3
    box_thresh: float = 0.5
    unclip_ratio: float = 1.6


class Detector:
    """Finds lines of text; may be used from several threads at once.

    Args:
        model: an ``.onnx`` file or a folder of PaddleOCR's ``TextDetection`` (``inference.onnx``
            or ``inference.json`` + ``inference.pdiparams``, with its ``inference.yml``); ``None``
            for the PP-OCRv6 detector that comes with RapidOCR.
        threads: of one call in onnxruntime and Paddle; calls at once in OpenVINO.
        engine: as :class:`Recognizer` takes it; an ONNX file runs in OpenVINO or onnxruntime.

    Raises:
        UserError: the model is missing or cannot be opened.
    """

    def __init__(
        self, model: str | Path | None = None, threads: int = 1, engine: str = "auto"
    ) -> None:
        path = package_folder(BUNDLED[0]).joinpath(*BUNDLED[1:]) if model is None else Path(model)
        self.path = path
        self.settings = DetectorSettings() if model is None else _settings_beside(path)
        self._engine = _open(path, threads, engine)

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """uint8 BGR [H, W, 3] -> float32 [N, 4, 2]: corners TL TR BR BL of each box, in pixels.

        They are those of an upright page: the side that is nearest to level is the top.
        """
        return self.seen(image)[0]

    def seen(self, image: np.ndarray) -> tuple[np.ndarray, Curl | None]:
        """The boxes, and how the page is curled, if it is, where it stands upright."""
        pixels, scale, (left, top) = _prepared(image, self.settings)
        found = self._engine(pixels)[0, 0]
        down, across = round(image.shape[0] * scale[1]), round(image.shape[1] * scale[0])
        curl = curl_of(found[top : top + down, left : left + across] > self.settings.thresh)
        boxes = boxes_of(found, self.settings) - np.array([left, top], np.float32)
        boxes /= np.array(scale, np.float32)
        np.clip(boxes[..., 0], 0, image.shape[1], out=boxes[..., 0])
        np.clip(boxes[..., 1], 0, image.shape[0], out=boxes[..., 1])
        return boxes, curl


def boxes_of(found: np.ndarray, settings: DetectorSettings) -> np.ndarray:
    """The map float [H, W] of how likely each pixel is text -> float32 [N, 4, 2] in its pixels.

    A region that fills too little of its rectangle may be several, as a line and the capital of
    three lines before it: it is looked at again where text is more likely.
    """
    is_text = cv2.dilate((found > settings.thresh).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(is_text, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    boxes = []
    for contour in contours[:_MOST_BOXES]:
        centre, (width, height), angle = cv2.minAreaRect(contour)
        if min(width, height) < _SMALLEST:
            continue
        region = cv2.boxPoints((centre, (width, height), angle))
        if _mean_inside(found, region) < settings.box_thresh:
            if settings.thresh + _STRICTER < 1:
                stricter = replace(settings, thresh=settings.thresh + _STRICTER)
                x, y, w, h = cv2.boundingRect(contour)
                mask = np.zeros((h, w), np.uint8)
                cv2.drawContours(mask, [contour], -1, 1, cv2.FILLED, offset=(-x, -y))
                parts = boxes_of(found[y : y + h, x : x + w] * mask, stricter)
                boxes += list(parts + np.array([x, y], np.float32))
            continue
        grow = width * height * settings.unclip_ratio / (width + height)  # on both sides together
        boxes.append(ordered(cv2.boxPoints((centre, (width + grow, height + grow), angle))))
    return np.array(boxes, np.float32).reshape(-1, 4, 2)


def _mean_inside(found: np.ndarray, region: np.ndarray) -> float:
    left, top = np.maximum(np.floor(region.min(axis=0)).astype(int), 0)
    right, bottom = np.ceil(region.max(axis=0)).astype(int) + 1
    window = found[top:bottom, left:right]
    mask = np.zeros(window.shape, np.uint8)
    cv2.fillPoly(mask, [(region - [left, top]).astype(np.int32)], 1)
    return cv2.mean(window, mask)[0]


def _prepared(
    image: np.ndarray, settings: DetectorSettings
) -> tuple[np.ndarray, tuple[float, float], tuple[int, int]]:
    """float32 [1, 3, H, W] for the network, (x, y) by which the picture was scaled, its margin."""
    height, width = image.shape[:2]
    scale = min(LONG_SIDE / max(height, width), _MOST_ENLARGED)
    scale = max(scale, min(1.0, _LEAST_SIDE / min(height, width)))
    small_w, small_h = max(1, round(width * scale)), max(1, round(height * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(image, (small_w, small_h), interpolation=way)
    paper = np.median(small.reshape(-1, 3)[:: max(1, small_w * small_h // 5000)], axis=0)
    right, bottom = (
        math.ceil((size + 2 * _MARGIN) / _STEP) * _STEP - size - _MARGIN
        for size in (small_w, small_h)
    )
    wide = cv2.copyMakeBorder(
        small, _MARGIN, bottom, _MARGIN, right, cv2.BORDER_CONSTANT, value=paper.tolist()
    )
    mean, std = (np.array(each, np.float32)[:, None] for each in (settings.mean, settings.std))
    levels = (np.arange(256, dtype=np.float32) / 255 - mean) / std  # [3, 256]
    pixels = [cv2.LUT(wide[:, :, c], level) for c, level in enumerate(levels)]
    return np.array(pixels)[None], (small_w / width, small_h / height), (_MARGIN, _MARGIN)


def _settings_beside(path: Path) -> DetectorSettings:
    """What the ``inference.yml`` of PaddleOCR's folder says; of a lone file PaddleOCR's defaults,
    which are ImageNet's mean and deviation."""
    given = DetectorSettings((0.485, 0.456, 0.406), (0.229, 0.224, 0.225), 0.3, 0.6, 1.5)
    settings = (path if path.is_dir() else path.parent) / "inference.yml"
    if not settings.is_file():
        return given
    try:
        found = yaml.safe_load(read_text(settings))
        steps = {
            name: body or {}
            for step in found["PreProcess"]["transform_ops"]
            for name, body in step.items()
        }
        pixels, after = steps["NormalizeImage"], found["PostProcess"]
        return DetectorSettings(
            tuple(map(float, pixels["mean"])),
            tuple(map(float, pixels["std"])),
            float(after.get("thresh", given.thresh)),
            float(after.get("box_thresh", given.box_thresh)),
            float(after.get("unclip_ratio", given.unclip_ratio)),
        )
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(
            f"{settings} does not describe a text detector ({type(error).__name__}: {error})",
            "the inference.yml of PaddleOCR's TextDetection models",
        ) from None


def _open(path: Path, threads: int, engine: str) -> Any:
    """The network as a function of float32 [1, 3, H, W] to [1, 1, H, W]."""
    file = path / "inference.onnx" if path.is_dir() else path
    if path.is_dir() and not file.is_file() and (path / "inference.pdiparams").is_file():
        from ppocr_ext.export.engines import open_engine

        return open_engine(path, "paddle", threads)
    if not file.is_file():
        raise UserError(
            f"{path} holds no text detector",
            "an .onnx file, or a folder with inference.onnx or inference.pdiparams",
            "leave out --detector: one comes with RapidOCR",
        )
    try:
        if (fastest_engine() if engine == "auto" else engine) == "openvino":
            return openvino_engine(file.read_bytes(), threads, (1, 3, 2 * _STEP, 2 * _STEP))
        return onnx_engine(file.read_bytes(), threads, spins=False)
    except Exception as error:  # onnxruntime's exceptions share no base class
        raise UserError(
            f"{file} cannot be opened: {str(error).strip().splitlines()[0]}",
            "a text detector in ONNX",
            "leave out --detector: one comes with RapidOCR",
        ) from None
