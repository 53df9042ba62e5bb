from __future__ import annotations

import numpy as np
import pytest

from ppocr_ext.synth.paper import RULINGS, Place, place


def test_where_the_writing_is_found_in_its_ink() -> None:
    ink = np.zeros((40, 200, 1), np.float32)
    ink[10:30, 20:120] = 1
    ink[30:36, 50:52] = 1  # a tail
    assert place(ink) == Place(base=29, end=119)
    assert place(np.zeros((40, 200, 1), np.float32)) == Place(base=30, end=200)


@pytest.mark.parametrize("name", RULINGS)
def test_a_ruling_darkens_some_of_the_paper_only(name: str) -> None:
    touched = 0
    for seed in range(20):
        paper = np.full((48, 400, 3), 220, np.float32)
        RULINGS[name](paper, np.random.default_rng(seed), Place(36, 250))
        assert np.isfinite(paper).all()
        assert paper.shape == (48, 400, 3)
        assert np.median(paper) > 150
        touched += (paper < 205).any()
    assert touched >= 17


def test_the_frame_of_a_field_ends_behind_the_writing() -> None:
    for seed in range(30):
        paper = np.full((48, 400, 3), 220, np.float32)
        RULINGS["box"](paper, np.random.default_rng(seed), Place(36, 250))
        inside = paper[10:38, 30:246].mean(axis=2)
        assert (inside > 215).all(), seed
