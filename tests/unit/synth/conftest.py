"""One small factory of each split: fonts and texts are read once for all tests here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ppocr_ext.synth.factory import LineFactory
from ppocr_ext.synth.presets import PRESETS, Preset


@pytest.fixture(scope="session")
def tiny() -> Preset:
    """The preset with every look, of few lines in parts of five."""
    return replace(PRESETS["huge"], lines={"train": 12, "val": 5}, part=5)


@pytest.fixture(scope="session")
def train_factory(tiny: Preset) -> LineFactory:
    return LineFactory(tiny, "train", 7)


@pytest.fixture(scope="session")
def val_factory(tiny: Preset) -> LineFactory:
    return LineFactory(tiny, "val", 7)
