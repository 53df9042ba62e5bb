"""One YAML file: numbers, encodings, keys written twice, and files that are not a config."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppocr_ext.config.source import dump_yaml, parse_value, read_source
from ppocr_ext.errors import UserError

# PyYAML folds some control characters and line separators; no config holds them.
TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 0.0001),
        ("1.E5", 100000.0),
        ("-.5e+2", -50.0),
        ("3.0e-05", 3e-05),
        ('"1e-4"', "1e-4"),
        ("e5", "e5"),
        ("0x1e4", 0x1E4),
        ("[0, 5]", [0, 5]),
        ("", None),
        ("true", True),
        (r"C:\runs\tập 1", r"C:\runs\tập 1"),
    ],
)
def test_values_are_read_as_a_person_means_them(text: str, value: Any) -> None:
    assert parse_value(text) == value
    assert type(parse_value(text)) is type(value)


@given(st.dictionaries(TEXT, VALUES, max_size=4))
def test_what_is_dumped_is_read_back(data: dict[str, Any]) -> None:
    assert parse_value(dump_yaml(data)) == data


@pytest.mark.parametrize("text", ["1e-4", "5E3", ".5e1", "1.5e-4", "yes", "null", "12"])
def test_a_text_that_looks_like_a_number_stays_a_text(text: str) -> None:
    assert parse_value(dump_yaml({"key": text})) == {"key": text}


def test_each_key_knows_its_line(tmp_path: Path) -> None:
    path = write(tmp_path / "a.yml", "Global:\n  seed: 1\nTrain:\n  list:\n  - x: 2\n")
    origins = read_source(path).origins
    assert origins["Global", "seed"] == f"{path}:2"
    assert origins["Train", "list", 0, "x"] == f"{path}:5"


def test_a_key_written_twice_is_a_problem(tmp_path: Path) -> None:
    path = write(tmp_path / "a.yml", "Global:\n  seed: 1\n  debug: 1\n  seed: 2\n")
    assert read_source(path).problems == [f"Global.seed: written twice, again at {path}:4"]


def test_anchors_and_merge_keys(tmp_path: Path) -> None:
    text = "a: &n 25\nb: *n\nc: &m {x: 1, y: 2}\nd:\n  <<: *m\n  y: 3\n"
    source = read_source(write(tmp_path / "a.yml", text))
    assert source.tree == {"a": 25, "b": 25, "c": {"x": 1, "y": 2}, "d": {"x": 1, "y": 3}}
    assert source.problems == []


def test_a_byte_order_mark_is_no_matter(vietnamese_path: Path) -> None:
    path = write(vietnamese_path / "cấu hình.yml", "a: ờ\n".encode("utf-8-sig"))
    assert read_source(path).tree == {"a": "ờ"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("# only a comment\n", "is empty"),
        ("a: [1, 2\nb: 3\n", "is not YAML: line 2"),
        ("a:\n\t- 1\n", "is not YAML: line 2"),
        ("- 1\n- 2\n", "holds a list of 2 at its top level"),
        ("just words\n", "holds the text 'just words' at its top level"),
        ("a: !!python/object/apply:os.getcwd []\n", "is not YAML: line 1"),
        ("a: &a [*a]\n", "repeats itself without end"),
        ("tên: ờ\n".encode("utf-16"), "is UTF-16"),
        ("tên: ờ\n".encode("utf-16-be"), "is not text"),
        ("ok: 1\ntên: é\n".encode("cp1252"), "not UTF-8 (byte 0xea in line 2)"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "is not text"),
    ],
)
def test_what_is_no_config_is_refused(tmp_path: Path, content: str | bytes, message: str) -> None:
    path = write(tmp_path / "a.yml", content)
    with pytest.raises(UserError) as caught:
        read_source(path)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


def test_a_file_that_grows_without_end_is_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(UserError, match="repeats itself"):
        read_source(write(tmp_path / "a.yml", "\n".join(lines)))


def test_a_missing_file_names_its_neighbours(tmp_path: Path) -> None:
    write(tmp_path / "rec.yml", "a: 1")
    with pytest.raises(UserError, match=r"does not exist(.|\n)*rec\.yml"):
        read_source(tmp_path / "rek.yml")
    with pytest.raises(UserError, match="is a folder"):
        read_source(tmp_path)
