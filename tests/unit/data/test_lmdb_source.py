"""PaddleOCR's LMDB data sets give the same lines as the folders they were made from."""

from __future__ import annotations

from pathlib import Path

import lmdb
import numpy as np
import pytest

from ppocr_ext.data.source import FolderSource, LmdbSource, databases
from ppocr_ext.errors import UserError
from ppocr_ext.text.charset import Charset
from ppocr_ext.transforms.image import UnreadableImage


@pytest.fixture
def database(folder: Path) -> Path:
    """The folder's lines in PaddleOCR's layout, then one without label and one without image."""
    path = folder / "bộ dữ liệu" / "a"
    path.mkdir(parents=True)
    environment = lmdb.open(str(path), map_size=1 << 24)
    with environment.begin(write=True) as transaction:
        transaction.put(b"num-samples", b"25")
        for number in range(23):
            image = (folder / f"ảnh/{number}.png").read_bytes()
            transaction.put(b"image-%09d" % (number + 1), image)
            transaction.put(b"label-%09d" % (number + 1), str(number).encode())
        transaction.put(b"label-000000025", "ệ".encode())
    environment.close()
    return path


def test_the_same_lines_as_the_folder(folder: Path, database: Path, charset: Charset) -> None:
    source, plain = LmdbSource(database), FolderSource(folder / "train.txt", folder)
    assert len(source) == 25
    assert source.widths()[:23].tolist() == plain.widths().tolist()
    for index in range(23):
        line = source.line(index)
        assert line.text == plain.line(index).text
        expected = plain.image(index, plain.line(index).path)
        assert np.array_equal(source.image(index, line.path), expected)
    (facts,) = source.facts(charset)
    assert facts.odd.tolist() == [False] * 23 + [True, True]


def test_what_lacks_is_reported(database: Path) -> None:
    source = LmdbSource(database)
    assert source.line(23).problem == "no label in the database"
    assert source.widths()[23:].tolist() == [0, 0]
    with pytest.raises(UnreadableImage, match="no image in the database"):
        source.image(24, "")


def test_databases_are_looked_for_below_a_folder(database: Path, tmp_path: Path) -> None:
    assert databases([database.parent]) == [database]
    with pytest.raises(UserError, match="no LMDB database"):
        databases([tmp_path / "none"])


def test_another_kind_of_database_is_refused(tmp_path: Path) -> None:
    lmdb.open(str(tmp_path / "other")).close()
    with pytest.raises(UserError, match="no num-samples"):
        LmdbSource(tmp_path / "other")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "data.mdb").write_bytes(b"x" * 9999)
    with pytest.raises(UserError, match="cannot be opened"):
        LmdbSource(tmp_path / "bad")


def test_a_database_that_is_cut_off_is_refused(database: Path) -> None:
    """What reads beyond the end of its file is ended by SIGBUS."""
    with open(database / "data.mdb", "r+b") as stream:
        stream.truncate(9000)
    with pytest.raises(UserError, match=r"cut off, 9,000 of [\d,]+ bytes are there"):
        LmdbSource(database)
