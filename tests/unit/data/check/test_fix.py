"""Corrected copies: what is certain is repaired, the rest is listed; the original stays."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ppocr_ext.data.check.fix import Fixed, fix_labels
from ppocr_ext.data.check.records import read_records
from ppocr_ext.data.labels import read_labels
from ppocr_ext.data.repair import ImageFinder
from ppocr_ext.errors import UserError

NAMES = ("a.jpg", "b.jpg", "my images/c d.jpg")
RIGHT = ["a.jpg\tquýt biển Lai", "b.jpg\tVung quyển, 12", "my images/c d.jpg\txe 305"]


@pytest.fixture
def data(vietnamese_path: Path) -> Path:
    (vietnamese_path / "my images").mkdir()
    for name in NAMES:
        cv2.imencode(".jpg", np.zeros((32, 200), np.uint8))[1].tofile(vietnamese_path / name)
    return vietnamese_path


def fix(data: Path, content: str | bytes, name: str = "nhãn.txt") -> tuple[Fixed, list[str]]:
    path = data / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = path.read_bytes()
    fixed = fix_labels(path, data)
    assert path.read_bytes() == before
    return fixed, fixed.path.read_bytes().decode("utf-8").split("\n")[:-1]


def listed(fixed: Fixed) -> list[str]:
    if not fixed.left_out.counts:
        assert not fixed.listed.exists()
        return []
    return fixed.listed.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_any_encoding_becomes_utf8(data: Path, encoding: str) -> None:
    fixed, lines = fix(data, "a.jpg\tđường Huệ\r\nb.jpg\tphố\r\n".encode(encoding))
    assert fixed.path == data / "nhãn.fixed.txt"
    assert lines == ["a.jpg\tđường Huệ", "b.jpg\tphố"]


def test_windows_1258_is_composed(data: Path) -> None:
    fixed, lines = fix(data, "a.jpg\tđươ\u0300ng Huê\u0323, phô\u0301\n".encode("cp1258"))
    assert lines == ["a.jpg\tđường Huệ, phố"]
    assert fixed.repaired.counts["converted from cp1258"] == 1


def test_one_line_of_another_encoding_does_not_spoil_the_others(data: Path) -> None:
    content = "\n".join(RIGHT[:2]).encode() + b"\nb.jpg\td\xe9j\xe0\n" + RIGHT[2].encode()
    fixed, lines = fix(data, content)
    assert lines == RIGHT
    assert listed(fixed) == ["3\tnot UTF-8, as the other lines are\tb.jpg\td\\xe9j\\xe0"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n", "\r", "\n\n", "\r\n\r\n"])
def test_every_line_end(data: Path, end: str) -> None:
    assert fix(data, end.join(RIGHT) + end)[1] == RIGHT


@pytest.mark.parametrize("separator", [" ", "       ", ",", ", ", ";", "|", " | ", "\\t", "\u3000"])
def test_the_tab_is_put_behind_the_path_of_an_image(data: Path, separator: str) -> None:
    fixed, lines = fix(data, "\n".join(line.replace("\t", separator) for line in RIGHT))
    assert lines == RIGHT
    assert fixed.repaired.counts == {"tab inserted after the path": 3}


def test_of_a_half_right_file_all_is_kept(data: Path) -> None:
    fixed, lines = fix(data, f"{RIGHT[0]}\nb.jpg Vung quyển, 12\n{RIGHT[2]}\n")
    assert lines == RIGHT
    assert fixed.describe(data / "x.txt", data).splitlines()[1] == (
        "  tab inserted after the path: 1 (line 2)"
    )


@pytest.mark.parametrize(
    "broken",
    [
        "a.jpg\tquýt\nbiển Lai\n",
        "a.jpg\tquýt\nbiển\nLai\n",
        "a.jpg\t\r\nquýt biển Lai\r\n",
        "a.jpg\nquýt biển Lai\n",
        "a.jpg\tquýt\rbiển Lai\n",
        "a.jpg quýt\n\nbiển Lai\n",
    ],
)
def test_a_label_broken_over_lines_is_joined(data: Path, broken: str) -> None:
    fixed, lines = fix(data, broken + "\n".join(RIGHT[1:]))
    assert lines == RIGHT
    assert fixed.repaired.counts["label joined from several lines"] == 1
    assert not listed(fixed)


@pytest.mark.parametrize(
    ("after", "kept"),
    [
        ("biển\tLai", []),  # may as well be an image "biển" that is gone
        ("ảnh/biển\tLai", [RIGHT[0]]),  # such an image
        ("none.png Lai", [RIGHT[0]]),
        ("[]\tLai", [RIGHT[0]]),
        ("xem none.png", []),  # text that names an image, or a path with a space
        ("b", ["a.jpg\tquýt biển Lai b"]),  # not b.jpg
        ("biển/2 Lai", ["a.jpg\tquýt biển Lai biển/2 Lai"]),
    ],
)
def test_what_may_be_a_line_of_its_own_is_not_joined(
    data: Path, after: str, kept: list[str]
) -> None:
    fixed, lines = fix(data, f"{RIGHT[0]}\n{after}\n{RIGHT[1]}\n")
    assert lines == [*kept, RIGHT[1]]
    assert any(after in line for line in [*lines, *listed(fixed)])


@pytest.mark.parametrize(
    ("broken", "kept", "out"),
    [
        ("a.jpg\tquýt biển Lai\n# ghi chú\n", [RIGHT[0]], ["2"]),
        ("# một\na.jpg\tquýt biển Lai\n  # hai\n#3\n", [RIGHT[0]], ["1", "3", "4"]),
        ("a.jpg\tquýt\n# ghi chú\nbiển Lai\n", [], ["2", "1", "+"]),  # perhaps the label's
        ('a.jpg\t"quýt\n# 5\nLai"\n', [], ["1", "+", "+"]),
        ("a.jpg\tquýt\r# 5 Lai\n", [], ["1", "+"]),
    ],
)
@pytest.mark.parametrize("after", [[RIGHT[1]], []])  # within the file, or at its end
def test_what_starts_as_a_comment_is_never_joined(
    data: Path, broken: str, kept: list[str], out: list[str], after: list[str]
) -> None:
    fixed, lines = fix(data, broken + "".join([*after, *([] if kept else [f"\n{RIGHT[2]}"])]))
    assert lines == [*kept, *after, *([] if kept else RIGHT[2:])]
    rows = [line.split("\t", 2) for line in listed(fixed)]
    assert [number for number, *_ in rows] == out
    reason = "a line that starts with #: a comment, or more of the label above it"
    assert {why for _, why, _ in rows} == {reason}


def test_a_quoted_label_that_is_broken_loses_the_quotes_of_csv(data: Path) -> None:
    fixed, lines = fix(data, f'a.jpg\t"quýt\nbiển Lai"\n{RIGHT[1]}\n{RIGHT[2]}\n')
    assert lines == RIGHT and not listed(fixed)
    # Quotes that do not reach over the line's end were read from the image.
    assert fix(data, f'a.jpg\n"quýt biển Lai"\n{RIGHT[1]}')[1] == [
        'a.jpg\t"quýt biển Lai"',
        RIGHT[1],
    ]


@pytest.mark.parametrize("between", ["\t", ",", " ; ", "\\t"])
def test_swapped_columns_are_put_in_order(data: Path, between: str) -> None:
    swapped = [between.join(reversed(line.split("\t"))) for line in RIGHT]
    fixed, lines = fix(data, "\n".join(swapped))
    assert lines == RIGHT and not listed(fixed)
    assert fixed.repaired.counts == {"columns swapped back": 3}


def test_columns_are_swapped_only_where_that_is_certain(data: Path) -> None:
    (data / "1.jpg").write_bytes((data / "a.jpg").read_bytes())
    content = "1\t1.jpg\na.jpg\tb.jpg\nnone.png\tb.jpg\nquýt\tnone.png\nxem b.jpg\nb.jpg\tx\n"
    fixed, lines = fix(data, content)
    assert lines == ["1.jpg\t1", "a.jpg\tb.jpg", "b.jpg\tx"]
    assert [line.split("\t")[0] for line in listed(fixed)] == ["3", "+", "+"]


@pytest.mark.parametrize(
    ("end", "kept"),
    [
        ("quýt\nbiển Lai", None),
        ("quýt biển Lai\nTổng: 48 dòng\nhết", None),
        ('"quýt biển" Lai\nhết', None),
        ('"quýt biển\nLai" hết\nhết', None),
        ('"quýt\nbiển Lai', None),  # a quote that is never closed
        ('"quýt\nbiển, ""Lai"""', 'quýt biển, "Lai"'),
        ("\nquýt biển Lai", "quýt biển Lai"),
        ("quýt\rbiển Lai", "quýt biển Lai"),
    ],
)
def test_text_at_the_end_is_joined_only_where_the_label_shows_it(
    data: Path, end: str, kept: str | None
) -> None:
    fixed, lines = fix(data, f"{RIGHT[1]}\n{RIGHT[2]}\na.jpg\t{end}\n")
    assert lines == [*RIGHT[1:], *([f"a.jpg\t{kept}"] if kept else [])]
    reason = "the file ends with text without a path, which may belong to this line"
    out = [f"a.jpg\t{end}".split("\n")[0], *end.split("\n")[1:]]
    assert listed(fixed) == (
        [] if kept else [f"{'+' if n else 3}\t{reason}\t{line}" for n, line in enumerate(out)]
    )


def test_what_its_image_cannot_hold_is_not_joined(data: Path) -> None:
    lost = "một dòng dài của một ảnh khác mà đường dẫn đã mất"
    fixed, lines = fix(data, f"{RIGHT[0]}\n{lost}\n{RIGHT[1]}\n")
    assert lines == [RIGHT[1]]
    reason = "joined from several lines, more text than its image can hold"
    assert listed(fixed) == [f"1\t{reason}\t{RIGHT[0]}", f"+\t{reason}\t{lost}"]


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("A.JPG", "a.jpg"),
        ("a.png", "a.jpg"),
        ("a", "a.jpg"),
        ("My Images\\C D.jpeg", "my images/c d.jpg"),
        ("E:\\an\\set\\my images\\c d.jpg", "my images/c d.jpg"),
        ("D:/crops/a.jpg", "a.jpg"),
        ("/srv/set/a.jpg", "a.jpg"),
        ("Thư mục tiếng Việt/a.jpg", "a.jpg"),
        ("./a.jpg", "./a.jpg"),
    ],
)
def test_a_path_whose_file_has_a_slightly_other_name(data: Path, written: str, path: str) -> None:
    assert fix(data, f"{written}\tquýt\n")[1] == [f"{path}\tquýt"]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_in_the_other_unicode_form(data: Path, form: str) -> None:
    other = {"NFC": "NFD", "NFD": "NFC"}[form]
    name = unicodedata.normalize(form, "ảnh số 1.jpg")
    (data / name).write_bytes((data / "a.jpg").read_bytes())
    assert fix(data, f"{unicodedata.normalize(other, name)}\tsố\n")[1] == [f"{name}\tsố"]


def test_of_two_files_that_fit_none_is_taken(data: Path) -> None:
    (data / "A.png").write_bytes(b"image")
    fixed, lines = fix(data, "A.bmp\tquýt\nb.jpg\tVung\nimages/b.png\tx\nb.png\txe\n")
    assert lines == ["b.jpg\tVung"]
    reasons = [line.split("\t")[:2] for line in listed(fixed)]
    assert reasons == [
        ["1", "its image does not exist, or more than one fits"],
        ["3", "its image does not exist, or more than one fits"],
        ["4", "two paths that are written differently fit one image"],
    ]


QUOTED = [
    'a.jpg\t"quýt ""Lai"""\nb.jpg\t"Vung\tquyển"\nmy images/c d.jpg\txe\n',
    'a.jpg,"quýt ""Lai"""\nb.jpg,"Vung quyển"\n"my images/c d.jpg",xe\n',
    '"a.jpg";"quýt ""Lai"""\n"b.jpg";"Vung\nquyển"\n"my images/c d.jpg";"xe"\n',
    'image,text\na.jpg,"quýt ""Lai"""\nb.jpg,"Vung quyển"\nmy images/c d.jpg,xe\n',
]


@pytest.mark.parametrize("content", QUOTED)
def test_quotes_of_csv_are_taken_off(data: Path, content: str) -> None:
    fixed, lines = fix(data, content)
    assert lines == ['a.jpg\tquýt "Lai"', "b.jpg\tVung quyển", "my images/c d.jpg\txe"]
    header = "1\tno path of an image\timage,text"
    assert listed(fixed) == ([header] if content.startswith("image") else [])


def test_quotes_that_were_read_from_the_image_stay(data: Path) -> None:
    content = 'a.jpg\t"Xin chào"\nb.jpg\t12" ống\nmy images/c d.jpg\t"a" và "b"\n'
    assert fix(data, content)[1] == content.splitlines()


def test_lines_are_corrected_or_listed(data: Path) -> None:
    lines = [
        "no path at all",
        "a.jpg\t  two  spaces ",
        "b.jpg\tÐà\tNẵng",
        "a.jpg\t ",
        "none.jpg\tx",
        "none.jpg",
        '["a.jpg", "b.jpg"]\tx',
        '["a.jpg", "none.jpg"]\tx',
        "a.jpg=quýt",
        'a.jpg\t[{"transcription": "x", "points": [[0, 0]]}]',
        "a\0.jpg\tx",
        "b.jpg\tb",
        "no path at all",
        "",
    ]
    fixed, kept = fix(data, "\n".join(lines))
    assert kept == [
        "a.jpg\ttwo spaces",
        "b.jpg\tĐà Nẵng",
        '["a.jpg", "b.jpg"]\tx',
        "b.jpg\tb",
    ]
    assert fixed.repaired.counts == {"spaces": 1, "normalised": 1}
    missing = "its image does not exist, or more than one fits"
    assert [line.split("\t")[:2] for line in listed(fixed)] == [
        ["1", "no path of an image"],
        ["4", "empty label"],
        ["5", missing],
        ["6", missing],
        ["8", missing],
        ["9", "no path of an image"],
        ["10", "boxes of a page, not a line's text"],
        ["11", missing],
        ["13", "no path of an image"],
    ]
    assert fixed.kept + fixed.left_out.counts.total() == len(lines) - 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("none.jpg quýt\nnone.jpg\tVung\n", "no line can be repaired with certainty"),
        ("", "no line can be repaired"),
        ('trang/p0.jpg\t[{"transcription": "x", "points": [[0, 0]]}]\n', "is for detection"),
        ('{"filename": "a.jpg", "text": "quýt"}\n', "is JSON"),
        ('[\n  {"image": "a.jpg"}\n]\n', "is JSON"),
        ('<?xml version="1.0"?>\n<annotations>\n', "is XML"),
        ("377,117,463,117,465,130,378,130,quýt\n", "is a list of boxes"),
        ("a.jpg\tquýt\t0.9871\nb.jpg\tVung\t1.0000\n", "holds readings"),
        ("image,text,confidence\na.jpg,quýt,0.98\nb.jpg,Vung,1.0\n", "holds readings"),
    ],
)
def test_where_nothing_is_certain_nothing_is_written(
    data: Path, content: str, message: str
) -> None:
    (data / "nhãn.fixed.txt").write_text("older", encoding="utf-8")
    with pytest.raises(UserError, match=message):
        fix(data, content)
    assert (data / "nhãn.fixed.txt").read_text(encoding="utf-8") == "older"
    assert {path.name for path in data.iterdir()} == {
        *("a.jpg", "b.jpg", "my images", "nhãn.txt", "nhãn.fixed.txt"),
    }


def test_the_list_of_finished_pages_is_no_label_file(data: Path) -> None:
    with pytest.raises(UserError, match="list of finished pages"):
        fix(data, "a.jpg\t1\n", "fileState.txt")


PIECES = [
    "a.jpg",
    "b.jpg",
    "none.png",
    "quýt",
    "12",
    '"',
    '""',
    "\t",
    " ",
    ",",
    "\\t",
    "\\",
    "/",
    "[",
]
ENDS = ["\n", "\r\n", "\r\r\n", "\n\n", "\r"]


@given(
    st.lists(st.tuples(st.lists(st.sampled_from(PIECES), max_size=6), st.sampled_from(ENDS))),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
def test_no_line_is_ever_lost(data: Path, lines: list, encoding: str) -> None:
    content = "".join("".join(pieces) + end for pieces, end in lines)
    path = data / "any.txt"
    path.write_bytes(content.encode(encoding))
    records = [*read_records(path, encoding, "\t", ImageFinder(data))]
    raw = [line for record in records for line in record.raw]
    assert raw == [line for line in re.split("[\r\n]", content) if line.strip()]
    for record in records:
        assert record.reason or all((data / each).is_file() for each in record.paths)
    try:
        fixed = fix_labels(path, data)
    except UserError:
        return
    assert fixed.kept + fixed.left_out.counts.total() == len(records)
    kept = fixed.path.read_text(encoding="utf-8").splitlines()
    assert len(kept) == fixed.kept and all(line.count("\t") == 1 for line in kept)


def test_what_ppocrlabel_leaves_out_is_counted(data: Path) -> None:
    box = '{"transcription": "x", "points": [[0, 0]], "difficult": true}'
    with pytest.raises(UserError, match="2 of them are marked difficult"):
        fix(data, f"trang/p0.jpg\t[{box}, {box}]\n")


def test_the_copy_is_what_training_reads(data: Path) -> None:
    fixed, _ = fix(data, f"{RIGHT[0]}\n{RIGHT[1]}\n")
    assert [line.text for line in read_labels(fixed.path, data)] == [
        "quýt biển Lai",
        "Vung quyển, 12",
    ]


def test_a_missing_file_is_reported(data: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        fix_labels(data / "none.txt", data)
