"""Label files: every layout PaddleOCR writes, every encoding Windows writes."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from ppocr_ext import files
from ppocr_ext.console import command_line
from ppocr_ext.data.labels import LabelFile, LabelLine, parse_line, read_labels
from ppocr_ext.errors import UserError

TEXT = "ảnh/1.jpg\tđường Nguyễn Huệ\nảnh/2.jpg\tTổng cộng: 50.000 đ\n"


def labels_of(folder: Path, data: bytes) -> LabelFile:
    path = folder / "nhãn.txt"
    path.write_bytes(data)
    return read_labels(path, folder)


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\n\n\r\n").encode("utf-8-sig"),
        TEXT.rstrip("\n").encode(),
        TEXT.replace("\n", "\r\r\n").encode(),
        TEXT.replace("\n", "\r\n\r\r\n\r\r\r\n").encode(),
    ],
    ids=["plain", "mark", "crlf", "blank lines", "no last line end", "crcrlf", "blank crcrlf"],
)
def test_the_same_lines_whatever_the_line_ends(vietnamese_path: Path, data: bytes) -> None:
    labels = labels_of(vietnamese_path, data)
    assert list(labels) == [
        LabelLine("ảnh/1.jpg", "đường Nguyễn Huệ"),
        LabelLine("ảnh/2.jpg", "Tổng cộng: 50.000 đ"),
    ]
    assert labels.image_path("ảnh/1.jpg") == vietnamese_path / "ảnh/1.jpg"


def test_on_windows_a_label_file_can_be_saved_while_it_is_used(
    vietnamese_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A memory map there would keep editors from saving, replacing and deleting it."""
    monkeypatch.setattr(files, "WINDOWS", True)
    monkeypatch.delattr("mmap.mmap")
    labels = labels_of(vietnamese_path, TEXT.encode("utf-8-sig"))
    assert [line.text for line in labels] == ["đường Nguyễn Huệ", "Tổng cộng: 50.000 đ"]
    assert labels.has_mark and labels.line_number(1) == 2


def test_other_encodings_are_named_with_the_cure(tmp_path: Path) -> None:
    cases = {
        "utf-16": TEXT.encode("utf-16"),
        "utf-16-le": TEXT.encode("utf-16-le"),
        "utf-16-be": TEXT.encode("utf-16-be"),
        "gbk": "图.jpg\t总计五十元，谢谢惠顾\n".encode("gbk"),
        "cp1258": "a.jpg\tđươ\u0300ng Huê\u0323, phô\u0301 Ba\u0300\n".encode("cp1258"),
        "cp1252": "facture.jpg\tdéjà payé à l'hôtel\n".encode("cp1252"),
    }
    for name, data in cases.items():
        with pytest.raises(UserError) as error:
            labels_of(tmp_path, data)
        assert error.value.found.endswith(f"it looks like {name}")
        assert "check_data.py --fix" in error.value.cure


def test_one_bad_byte_late_in_a_file_is_found(tmp_path: Path) -> None:
    data = b"a.jpg\tabc\n" * 1_000_000
    with pytest.raises(UserError, match="not UTF-8"):
        labels_of(tmp_path, data + b"b.jpg\t\xe2\x82\n")


def test_a_character_across_two_chunks_is_valid(tmp_path: Path) -> None:
    filler = b"x" * ((1 << 22) - 7)
    labels = labels_of(tmp_path, b"a.jpg\t" + filler + "ệ".encode() + b"\n")
    assert labels[0].text.endswith("xệ")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a.jpg\tx\ty", LabelLine("a.jpg", "x\ty")),
        ("a\\b.jpg\tx", LabelLine("a/b.jpg", "x")),
        ("a.jpg\t", LabelLine("a.jpg", "")),
        ('["a.jpg", "b.jpg"]\tx', LabelLine("a.jpg", "x", ("b.jpg",))),
        ("[old] a.jpg\tx", LabelLine("[old] a.jpg", "x")),
        ("[]\tx", LabelLine("[]", "x", (), "not a list of image paths")),
        ("a.jpg", LabelLine("a.jpg", "", (), "no tab between path and text")),
        ("\tx", LabelLine("", "x", (), "no path")),
    ],
)
def test_lines(line: str, expected: LabelLine) -> None:
    assert parse_line(line) == expected


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\n\r\n", "is empty"),
        (b"a.jpg abc\n", "line 1, has no delimiter"),
        (b'a.jpg\t[{"transcription": "x", "points": [[0, 0]]}]\n', "is for detection"),
        (b'a.jpg\t[]\nb.jpg\t[{"transcription": "x", "points": [[0, 0]]}]\n', "is for detection"),
        (b'{"a.jpg": "x"}\n', "is JSON"),
        (b'[{"image": "a.jpg", "text": "x\\ty"}]\n', "is JSON"),
        (b"<annotations>\n", "is XML"),
        (b"377,117,463,117,465,130,378,130,x\n", "is a list of boxes"),
        (b"a.jpg\tx\rb.jpg\ty\r", "line ends of old Macs"),
        # byte 80 lies inside a letter
        (("a" * 79 + "ệ không có tab\n").encode(), "line 1, has no delimiter: 'a{79}ệ'"),
    ],
)
def test_files_of_another_kind_are_refused(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(UserError, match=message):
        labels_of(tmp_path, data)


def test_the_cure_is_offered_where_it_helps(tmp_path: Path) -> None:
    (tmp_path / "my images").mkdir()
    (tmp_path / "my images" / "a.jpg").write_bytes(b"image")
    for line, helps in ((b"a.jpg x\n", True), (b"b.jpg x\n", False)):
        path = tmp_path / "train.txt"
        path.write_bytes(line)
        with pytest.raises(UserError) as error:
            read_labels(path, tmp_path / "my images")
        command = ["python", "tools/check_data.py", "--fix", "--labels", str(path)]
        command += ["--data-dir", str(tmp_path / "my images")]
        assert (error.value.cure == command_line(command)) == helps


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        read_labels(tmp_path / "none.txt", tmp_path)


def test_what_a_worker_receives_is_small_and_reads_the_same(tmp_path: Path) -> None:
    labels = labels_of(tmp_path, b"".join(b"%06d.jpg\tline %d\n" % (i, i) for i in range(10_000)))
    sent = pickle.dumps(labels)
    assert len(sent) < 9 * len(labels)
    assert pickle.loads(sent)[9_999] == labels[9_999] == LabelLine("009999.jpg", "line 9999")


def test_a_file_that_changed_in_between_is_reported(tmp_path: Path) -> None:
    labels = labels_of(tmp_path, b"a.jpg\tx\n")
    sent = pickle.dumps(labels)
    (tmp_path / "nhãn.txt").write_bytes(b"a.jpg\tx\nb.jpg\ty\n")
    with pytest.raises(UserError, match="changed while"):
        pickle.loads(sent)[0]
