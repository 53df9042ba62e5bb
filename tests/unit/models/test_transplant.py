"""Moving a head to another dictionary."""

from __future__ import annotations

import numpy as np

from ppocr_ext.models.transplant import plan_transplant, transplant_head
from ppocr_ext.text.charset import Charset

SOURCE = Charset.from_characters("abeêo中")
TARGET = Charset.from_characters("aếờbΩ")


def head() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    weight = random.normal(size=(16, SOURCE.num_classes)).astype("float32")
    return weight, random.normal(size=SOURCE.num_classes).astype("float32")


def test_each_class_comes_from_its_nearest_relative() -> None:
    plan = plan_transplant(SOURCE, TARGET)
    origins = [SOURCE.classes[i] if i >= 0 else None for i in plan.sources]
    assert origins == ["blank", "a", "ê", "o", "b", None, " "]
    assert plan.kept.tolist() == [True, True, False, False, True, False, True]


def test_known_rows_are_copied_and_new_letters_start_near_their_parent() -> None:
    weight, bias = head()
    plan = plan_transplant(SOURCE, TARGET)
    new_weight, new_bias = transplant_head(plan, weight, bias)
    assert new_weight.shape == (16, TARGET.num_classes) and new_weight.dtype == weight.dtype
    for character in ("a", "b", " "):
        i, j = TARGET.index(character), SOURCE.index(character)
        np.testing.assert_array_equal(new_weight[:, i], weight[:, j])
        assert new_bias[i] == bias[j]
    i, j = TARGET.index("ế"), SOURCE.index("ê")
    distance = np.abs(new_weight[:, i] - weight[:, j]).max()
    assert 0 < distance < 0.5
    assert new_bias[i] == bias[j] - 1.0
    assert np.isfinite(new_weight).all()


def test_the_same_dictionary_needs_nothing() -> None:
    assert plan_transplant(SOURCE, SOURCE).is_identity
    assert not plan_transplant(SOURCE, TARGET).is_identity


def test_the_same_characters_in_another_order_are_moved() -> None:
    """Nothing in stock PaddleOCR notices this."""
    turned = Charset.from_characters("中oêeba")
    weight, bias = head()
    plan = plan_transplant(SOURCE, turned)
    moved, _ = transplant_head(plan, weight, bias)
    assert plan.kept.all()
    np.testing.assert_array_equal(moved[:, turned.index("中")], weight[:, SOURCE.index("中")])


def test_description_counts_and_names() -> None:
    text = plan_transplant(SOURCE, TARGET).describe()
    assert "from 8 to 7 classes: 4 copied, 2 derived, 1 new" in text
    assert "ế<ê" in text and "ờ<o" in text and "Ω" in text


def test_characters_without_a_relative_win_nowhere_at_the_start() -> None:
    """The rows of characters answer to one direction of the features, the others' average, too."""
    weight, bias = head()
    weight[:, 1:] += 3.0
    target = Charset.from_characters("abeêo中➢→□☑✓☞☎★▪❖")
    plan = plan_transplant(SOURCE, target)
    moved, moved_bias = transplant_head(plan, weight, bias)
    features = np.abs(np.random.default_rng(1).normal(size=(1000, 16)))
    features += weight[:, np.arange(1000) % SOURCE.num_classes].T  # each near one of the rows
    before = (features @ weight + bias).argmax(axis=1)
    after = (features @ moved + moved_bias).argmax(axis=1)
    assert [SOURCE.classes[i] for i in before] == [target.classes[i] for i in after]
