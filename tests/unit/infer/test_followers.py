"""Counts that are parsed as they are looked up are those that were written."""

from __future__ import annotations

import gzip
import json
from itertools import product
from pathlib import Path

import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.infer.followers import Followers
from ppocr_ext.infer.language import LanguageModel

AWKWARD = ['}, "a', "\\n", 'b"', "\n", "}}", "ế,", ""]


def test_histories_are_found_whatever_they_hold(tmp_path: Path) -> None:
    followers = {history: {'"': 1, "\\": place + 1} for place, history in enumerate(AWKWARD)}
    LanguageModel(followers).save(tmp_path / "new.gz")
    new = LanguageModel.load(tmp_path / "new.gz")
    assert isinstance(new._followers, Followers) and dict(new._followers) == followers
    assert [new._followers.get(other) for other in ("}", "a", '}, "', "ế")] == [None] * 4
    # Earlier files are JSON as well, their histories in any order.
    as_before = {"weights": [0.2, 0.5], "own_texts": 0, "followers": followers}
    (tmp_path / "old.gz").write_bytes(gzip.compress(json.dumps(as_before).encode()))
    old = LanguageModel.load(tmp_path / "old.gz")
    assert old._followers == followers
    assert json.loads(gzip.decompress((tmp_path / "new.gz").read_bytes())) == as_before
    for history, character in product(AWKWARD, ('"', "\\", "x")):
        expected = old.log_probability(character, history)
        assert new.log_probability(character, history) == expected


@pytest.mark.parametrize(
    "line",
    ['"b":{"c":-1}', '"b":{"c":"1"}', '"b":{}', '"b":{"c":1', '"b":{"c":1%s}' % ("0" * 400)],
)
def test_a_damaged_line_is_explained_when_it_is_looked_up(tmp_path: Path, line: str) -> None:
    path = tmp_path / "l.gz"
    LanguageModel({"": {"c": 2}, "b": {"c": 1}}).save(path)
    good = gzip.decompress(path.read_bytes())
    assert b'"b":{"c":1}' in good
    path.write_bytes(gzip.compress(good.replace(b'"b":{"c":1}', line.encode())))
    model = LanguageModel.load(path, tmp_path)
    assert model.log_probability("c", "x") < 0
    with pytest.raises(UserError, match="is damaged, or not a language model") as caught:
        model.log_probability("c", "b")
    assert "language_model.py" in caught.value.cure
