"""A photographed sheet laid flat: by its edge where one is seen, else by the tilt of its lines."""

from __future__ import annotations

import math

import cv2
import numpy as np

from ppocr_ext.pages.boxes import angle_of
from ppocr_ext.transforms.quads import ordered, size_of

_LOOKED = 480  # pixels of the long side on which the sheet is looked for
_LEAST, _MOST = 0.2, 0.97  # share of the picture that a sheet takes
_FILLED = 0.9  # share of its corners' quadrilateral that is sheet
_BRIGHTER = 40  # levels of grey by which it is brighter than what it lies on
_NEAR = 0.015  # of the picture: a corner is the picture's own
_TILT = math.radians(3)  # less needs nothing: each line is cut out by perspective


def flattening(image: np.ndarray, boxes: np.ndarray) -> tuple[np.ndarray, tuple[int, int]] | None:
    """(homography [3, 3] from the upright picture to the flat sheet, its width and height).

    ``None`` for a page that is flat. boxes [N, 4, 2]: of its lines.
    """
    height, width = image.shape[:2]
    sheet = _sheet(image)
    if sheet is not None:
        size = (round(size_of(sheet)[0]), round(size_of(sheet)[1]))
        level = np.array([[0, 0], [size[0], 0], size, [0, size[1]]], np.float32)
        move = cv2.getPerspectiveTransform(sheet, level)
        if _holds(sheet, boxes) and _tilt(cv2.perspectiveTransform(boxes, move)) < _tilt(boxes):
            return move, size
    angle = angle_of(boxes)
    if abs(angle) < _TILT:
        return None
    move = np.vstack(
        [cv2.getRotationMatrix2D((width / 2, height / 2), math.degrees(angle), 1), [0, 0, 1]]
    )
    corners = cv2.perspectiveTransform(
        np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float32), move
    )[0]
    low, high = corners.min(axis=0), corners.max(axis=0)
    move[:2, 2] -= low
    size = (math.ceil(high[0] - low[0]), math.ceil(high[1] - low[1]))
    return move, size


def flattened(image: np.ndarray, move: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The flat sheet, uint8 [size[1], size[0], 3]."""
    return cv2.warpPerspective(
        image, move, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def moved_back(box: np.ndarray, move: np.ndarray) -> np.ndarray:
    """A box of the flat sheet on the picture it was made of."""
    return cv2.perspectiveTransform(box[None], np.linalg.inv(move))[0]


def _sheet(image: np.ndarray) -> np.ndarray | None:
    """Corners float32 [4, 2] of a bright sheet on something darker; ``None`` if none is seen."""
    height, width = image.shape[:2]
    scale = min(1.0, _LOOKED / max(height, width))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), (5, 5), 0)
    _, mask = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not outlines:
        return None
    outline = max(outlines, key=cv2.contourArea)
    corners = _corners(cv2.convexHull(outline))
    if corners is None or not _is_sheet(grey, outline, corners):
        return None
    return np.array(ordered(corners) / np.float32(scale), np.float32)


def _tilt(boxes: np.ndarray) -> float:
    """By how much the lines are off level on average, in radians, long lines more than short."""
    along = boxes[:, 1] - boxes[:, 0] + boxes[:, 2] - boxes[:, 3]
    return float(np.abs(along[:, 1]).sum() / max(1e-6, np.abs(along[:, 0]).sum()))


def _holds(sheet: np.ndarray, boxes: np.ndarray) -> bool:
    """Whether all text stands on the sheet: the edge of a shadow may look like that of a sheet."""
    corners = boxes.reshape(-1, 2)
    return all(cv2.pointPolygonTest(sheet, (float(x), float(y)), False) >= 0 for x, y in corners)


def _corners(hull: np.ndarray) -> np.ndarray | None:
    """The four corners of a convex outline, if it has four."""
    length = cv2.arcLength(hull, True)
    for part in (0.02, 0.03, 0.04, 0.06):
        found = cv2.approxPolyDP(hull, part * length, True)
        if len(found) == 4:
            return found[:, 0].astype(np.float32)
    return None


def _is_sheet(grey: np.ndarray, outline: np.ndarray, corners: np.ndarray) -> bool:
    height, width = grey.shape
    area = cv2.contourArea(corners)
    if not _LEAST < area / (height * width) < _MOST or cv2.contourArea(outline) < _FILLED * area:
        return False
    edge = np.array([width, height], np.float32)
    at_edge = ((corners < _NEAR * edge) | (corners > (1 - _NEAR) * edge)).all(axis=1)
    inside = np.zeros_like(grey)
    cv2.fillConvexPoly(inside, corners.astype(np.int32), 255)
    outside = cv2.bitwise_not(cv2.dilate(inside, np.ones((5, 5), np.uint8)))
    contrast = cv2.mean(grey, inside)[0] - cv2.mean(grey, outside)[0]
    return at_edge.sum() < 3 and contrast > _BRIGHTER
