from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

from ppocr_ext.synth.corpus import Corpus, fragment
from ppocr_ext.synth.factory import LineFactory
from ppocr_ext.synth.presets import PRESETS, split_of
from ppocr_ext.synth.sources import DRAWN
from ppocr_ext.text import VIETNAMESE_LETTERS, normalize


def test_texts_are_clean_short_enough_and_of_their_split(val_factory: LineFactory) -> None:
    rng = random.Random(3)
    for _ in range(300):
        text = val_factory.corpus.draw(rng)
        assert text == normalize(text).strip()
        assert DRAWN.issuperset(text)
        assert 0 < len(text) <= val_factory.preset.lengths[2]
        assert split_of(text) == "val"


def test_long_lines_are_as_long_as_a_page_is_wide(train_factory: LineFactory) -> None:
    rng = random.Random(3)
    lengths = [len(train_factory.corpus.draw_long(rng)) for _ in range(200)]
    assert min(lengths) >= 50
    assert max(lengths) <= 120
    assert sorted(lengths)[100] > 65


def test_balance_brings_every_letter() -> None:
    corpus = Corpus(replace(PRESETS["plain"], balance=1.0), "train")
    rng = random.Random(5)
    counts = Counter("".join(corpus.draw(rng) for _ in range(5000)))
    assert min(counts[letter] for letter in VIETNAMESE_LETTERS) >= 12


def test_the_plain_preset_has_every_letter_often() -> None:
    corpus = Corpus(PRESETS["plain"], "train")
    rng = random.Random(0)
    counts = Counter("".join(corpus.draw(rng) for _ in range(5600)))
    assert min(counts[letter] for letter in VIETNAMESE_LETTERS) >= 4


def test_own_texts_are_half_of_all_lines(tmp_path: Path) -> None:
    words = [f"riêng {number}" for number in range(50)]
    (tmp_path / "own.txt").write_text("\n".join(words), encoding="utf-8")
    preset = replace(PRESETS["plain"], balance=0.0, capitals=0.0)
    corpus = Corpus(preset, "train", tmp_path)
    rng = random.Random(1)
    own = sum(corpus.draw(rng) in words for _ in range(400))
    assert 150 < own < 250


def test_a_fragment_is_whole_words() -> None:
    passage = "một hai ba bốn năm sáu bảy tám chín mười"
    for seed in range(100):
        part = fragment(random.Random(seed), passage, 12)
        assert f" {part} " in f" {passage} "
        assert len(part) <= 12
    assert fragment(random.Random(0), "https://rất-dài.vn", 5) == "https://rất-dài.vn"
