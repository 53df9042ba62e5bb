from __future__ import annotations

import pickle

import numpy as np
import pytest

from ppocr_ext.synth import factory
from ppocr_ext.synth.factory import LineFactory, least_aspect
from ppocr_ext.synth.layout import compose
from ppocr_ext.synth.presets import Preset
from ppocr_ext.text import normalize


def test_a_line_is_a_function_of_split_seed_and_index(
    tiny: Preset, train_factory: LineFactory, val_factory: LineFactory
) -> None:
    copy: LineFactory = pickle.loads(pickle.dumps(train_factory))
    for index in (9, 3, 0):
        image, text = train_factory.line(index)
        other, other_text = copy.line(index)
        assert text == other_text
        np.testing.assert_array_equal(image, other)
    assert train_factory.line(0)[1] != val_factory.line(0)[1]
    assert LineFactory(tiny, "train", 8).line(0)[1] != train_factory.line(0)[1]


def test_lines_are_pictures_with_labels(train_factory: LineFactory) -> None:
    for index in range(60):
        image, text = train_factory.line(index)
        assert image.dtype == np.uint8
        assert image.ndim == 3
        assert image.shape[2] == 3
        assert 8 <= image.shape[0] <= 140
        assert text == normalize(text).strip() != ""
        assert image.std() > 2


def test_widths_are_known_about_before_lines_are_drawn(train_factory: LineFactory) -> None:
    lines = [train_factory.line(index)[0] for index in range(80)]
    aspects = np.array([image.shape[1] / image.shape[0] for image in lines])
    expected = np.array([train_factory.expected_aspect(index) for index in range(80)])
    assert np.corrcoef(aspects, expected)[0, 1] > 0.8
    assert 0.8 < np.median(aspects / expected) < 1.3


def test_a_line_that_is_too_narrow_to_be_spelt_is_drawn_again(
    train_factory: LineFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert least_aspect("aab") == 4 / 6
    drawn = []

    def narrow_at_first(*given: object) -> np.ndarray:
        drawn.append(compose(*given))
        return drawn[-1] if len(drawn) > 1 else drawn[-1][:, :5]

    monkeypatch.setattr(factory, "compose", narrow_at_first)
    image, text = train_factory.line(0)
    assert len(drawn) == 2 and image.shape[1] > 5
    assert text != train_factory.line(0)[1]
