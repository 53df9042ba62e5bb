"""Facts by the thousand agree with a look at each line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ppocr_ext.data import scan as module
from ppocr_ext.data.check.labels import repeats
from ppocr_ext.data.labels import read_labels
from ppocr_ext.data.scan import blocks_of, scan
from ppocr_ext.text.charset import Charset
from ppocr_ext.text.codec import CTCCodec
from ppocr_ext.text.unicode import normalize

CHARSET = Charset.from_characters("abcđệ019-")
PARTS = st.text(st.sampled_from('aab c11đệ\tÐ\u0323xé"'), max_size=8)
SEVERAL = st.builds(
    lambda text, between, times: between.join([text] * times),
    *(PARTS, st.sampled_from(["", " "]), st.integers(2, 7)),
)
LABELS = PARTS | SEVERAL


@given(
    labels=st.lists(LABELS, min_size=1, max_size=12),
    ends=st.sampled_from(["\n", "\r\n", "\n\n", "\r\r\n", "\n\r\r\n", "\n\r\r\r\r\n"]),
    last=st.booleans(),
)
@example(labels=[" "], ends="\n", last=False)  # no text, so not one text twice
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_facts_agree_with_a_look_at_each_line(
    tmp_path: Path, labels: list[str], ends: str, last: bool
) -> None:
    codec = CTCCodec(CHARSET)
    text = ends.join(f"ảnh {number}.jpg\t{label}" for number, label in enumerate(labels))
    path = tmp_path / "labels.txt"
    path.write_bytes((text + ends * last).encode())
    lines = read_labels(path, tmp_path)
    (facts,) = scan(blocks_of(lines), CHARSET)
    assert facts.length.tolist() == [len(label) for label in labels]
    several = [repeats(x, "") or repeats(x, " ") for x in labels]
    assert not np.any(np.array(several) & ~facts.doubled)
    assert facts.quoted.tolist() == [len(x) > 2 and x[0] == x[-1] == '"' for x in labels]
    assert facts.spaced.tolist() == ["  " in x or x != x.strip(" ") for x in labels]
    joined = "".join(x for x, odd in zip(labels, facts.odd, strict=True) if not odd)
    assert {chr(c): int(facts.counts[c]) for c in np.flatnonzero(facts.counts)} == {
        character: joined.count(character) for character in joined
    }
    for label, odd, steps in zip(labels, facts.odd, facts.steps, strict=True):
        plain = bool(label) and normalize(label) == label and not CHARSET.missing(label)
        assert plain or odd
        if not odd:
            assert steps == codec.min_steps(codec.encode(label))


def test_lines_of_another_form_are_odd(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_text('a.jpg\tab\n["a.jpg"]\tab\nno tab\n\tab\na.jpg\t\n', encoding="utf-8")
    (facts,) = scan(blocks_of(read_labels(path, tmp_path)), CHARSET)
    assert facts.odd.tolist() == [False, True, True, True, True]


@pytest.mark.parametrize("returns", range(8))
def test_lines_of_carriage_returns_count_as_in_the_label_file(tmp_path: Path, returns: int) -> None:
    path = tmp_path / "labels.txt"
    path.write_bytes(b"a.jpg\tab\r\n" + b"\r" * returns + b"\nb.jpg\tab\r\r\n")
    labels = read_labels(path, tmp_path)
    (facts,) = scan(blocks_of(labels), CHARSET)
    assert len(facts.odd) == len(labels) and labels[len(labels) - 1].text == "ab"
    assert facts.odd.tolist() == [False, *[True] * (len(labels) - 2), False]


def test_what_may_be_the_name_of_an_image_is_odd(tmp_path: Path) -> None:
    labels = ["ab", "a.jpg", "9.JPEG", 'b/c.tiff"', "a.cab", "1.109", "a.jpgab", ".jp2"]
    charset = Charset.from_characters(sorted({*"".join(labels)}))
    path = tmp_path / "labels.txt"
    path.write_text("".join(f"ab\t{label}\n" for label in labels), encoding="utf-8")
    (facts,) = scan(blocks_of(read_labels(path, tmp_path)), charset)
    assert facts.odd.tolist() == [False, True, True, True, False, False, True, True]


def test_steps_meet_without_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "labels.txt"
    path.write_text("".join(f"{i}.jpg\t{'a' * i}\n" for i in range(10)), encoding="utf-8")
    monkeypatch.setattr(module, "_LINES", 3)
    facts = list(scan(blocks_of(read_labels(path, tmp_path)), CHARSET))
    assert [part.first for part in facts] == [0, 3, 6, 9]
    assert np.concatenate([part.length for part in facts]).tolist() == list(range(10))
