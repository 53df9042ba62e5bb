"""Each kind of fault is found, counted and shown with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from ppocr_ext import files
from ppocr_ext.console import command_line
from ppocr_ext.data.check.findings import KINDS, Findings, Severity
from ppocr_ext.data.check.labels import repeats, suggest
from ppocr_ext.data.check.report import format_result, plot_result
from ppocr_ext.data.check.run import LabelSet, Look, Result, check
from ppocr_ext.text.charset import Charset
from ppocr_ext.text.letters import VIETNAMESE_LETTERS

CHARSET = Charset.from_characters([*"0123456789abcde", *VIETNAMESE_LETTERS])


@contextmanager
def silent(title: str, total: int) -> Iterator[Callable[[int], None]]:
    yield lambda done: None


def picture(
    path: Path, width: int = 200, height: int = 32, seed: int = 0, scale: float = 1
) -> None:
    """Black bars that depend on the seed, so that two pictures look alike or do not."""
    image = np.full((height, width, 3), 255, np.uint8)
    for x in np.random.default_rng(seed).integers(0, width, 12).tolist():
        cv2.rectangle(image, (x, 6), (x + 4, height - 6), (0, 0, 0), -1)
    image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    cv2.imencode(path.suffix, image)[1].tofile(path)


@pytest.fixture
def data(vietnamese_path: Path) -> Path:
    """Ten sound pictures ``0.png`` … ``9.png``."""
    for number in range(10):
        picture(vietnamese_path / f"{number}.png", seed=number)
    return vietnamese_path


def run(data: Path, train: str, val: str = "", look: Look = "pixels", **settings: int) -> Result:
    (data / "train.txt").write_text(train, encoding="utf-8", newline="")
    (data / "val.txt").write_text(val, encoding="utf-8", newline="")
    sets = [LabelSet("train", [data / "train.txt"], data)]
    if val:
        sets.append(LabelSet("val", [data / "val.txt"], data))
    return check(sets, CHARSET, look=look, progress=silent, **settings)


ALL_LETTERS = "".join(f"{n}.png\t{''.join(VIETNAMESE_LETTERS[n::10])}\n" for n in range(10))


@pytest.mark.parametrize("look", ["pixels", "sizes"])
def test_a_name_that_windows_reserves_is_to_be_changed(
    data: Path, monkeypatch: pytest.MonkeyPatch, look: Look
) -> None:
    picture(data / "con.png", seed=11)
    monkeypatch.setattr(files, "WINDOWS", True)
    result = run(data, ALL_LETTERS + "con.png\tab\nNUL.tar.gz\tab\nconnie.png\tab\n", look=look)
    assert result.findings.counts["reserved"] == 2
    assert "rename it" in format_result(result, CHARSET)


def test_sound_data_have_no_findings(data: Path) -> None:
    result = run(data, ALL_LETTERS)
    assert not result.findings.counts
    assert result.findings.severity == Severity.NOTE
    assert result.statistics["train"].letters() == dict.fromkeys(VIETNAMESE_LETTERS, 1)
    assert result.widths["train"][0].tolist() == [300] * 10


@pytest.mark.parametrize(
    ("line", "kind", "example"),
    [
        ("0.png 12", "separator", "train.txt:3: no tab between path and text: '0.png 12'"),
        ("none.png 12", "line", "train.txt:3: no tab between path and text: 'none.png 12'"),
        ("12", "continued", "train.txt:3: no tab between path and text: '12'"),
        ('0.png\t[{"points": []}]', "line", "train.txt:3: boxes of a page, not a line's text"),
        ("0.png\t1\r2", "returns", "train.txt:3: '1\\r2'"),
        ('0.png\t"1 ""2"""', "quotes", 'train.txt:3: \'"1 ""2"""\''),
        ("0.PNG\t1", "renamed", "train.txt:3: 0.PNG: the file is 0.png"),
        ("0.png\t", "empty", "train.txt:3"),
        ("0.png\t\u200b", "empty", "train.txt:3"),
        ("0.png\t1ü", "unknown", "train.txt:3: '1ü' (ü)"),
        ("0.png\te\u0302\u0301", "spelling", "train.txt:3: 'e\u0302\u0301'"),
        ("0.png\tÐ", "spelling", "train.txt:3: 'Ð'"),
        ("0.png\t 1", "spaces", "train.txt:3: ' 1'"),
        ("0.png\t1  2", "spaces", "train.txt:3: '1  2'"),
        ("0.png\t1\t2", "tabs", "train.txt:3: '1\\t2'"),
        ("0.png\t" + "12" * 30, "steps", "200x32 pixels give 37 steps"),
        ("0.png\t" + "1" * 20, "steps", "'11111111111111111111' needs 39"),
        ("0.png\t" + "12" * 16, "long", "train.txt:3: 32 characters"),
        ("a\0.png\t1", "unreadable", "train.txt:3: a\\x00.png: embedded null byte"),
        ("none.png\t1", "missing", "train.txt:3: none.png: no such file"),
        ("empty.png\t1", "unreadable", "empty.png: empty file"),
        ("cut.png\t1", "unreadable", "cut.png: cut short"),
        ("../outside.png\t1", "outside", "train.txt: ../outside.png"),
        ("/outside.png\t1", "outside", "train.txt: /outside.png"),
        ("C:\\outside.png\t1", "outside", "train.txt: C:\\outside.png"),
        ("tall.png\tabcde", "tall", "20x100 pixels"),
        ("tiny.png\t1", "tiny", "90x8 pixels"),
        ("wide.png\t1", "squashed", "8000x32 pixels"),
    ],
)
def test_a_faulty_line_is_found(data: Path, line: str, kind: str, example: str) -> None:
    (data / "empty.png").touch()
    (data / "cut.png").write_bytes((data / "0.png").read_bytes()[:-60])
    picture(data / "tall.png", 20, 100)
    cv2.imencode(".png", np.zeros((8, 90, 3), np.uint8))[1].tofile(data / "tiny.png")
    picture(data / "wide.png", 8000)
    result = run(data, f"1.png\t1\n\n{line}\n2.png\t2\n", max_text_length=31)
    assert result.findings.counts[kind] == 1
    assert example in result.findings.examples(kind)[0]
    beside = {"missing", "letters", "unreadable", "tabs", "long", "spelling", "blank", kind}
    beside |= {"long": {"steps"}, "quotes": {"unknown"}}.get(kind, set())
    assert set(result.findings.counts) <= beside


def test_labels_alone_take_no_look_at_the_images(data: Path) -> None:
    result = run(data, "none.png\t1\n", look="nothing")
    assert set(result.findings.counts) == {"letters"} and not result.widths


def test_headers_tell_what_is_missing_and_too_small(data: Path) -> None:
    (data / "text.png").write_text("no image", encoding="utf-8")
    lines = "none.png\t1\ntext.png\t1\n0.png\t" + "12" * 30 + "\n"
    result = run(data, lines, look="sizes")
    assert dict(result.findings.counts) == {
        "missing": 1,
        "unreadable": 1,
        "steps": 1,
        "letters": 134,
    }


def test_leaks_copies_and_contradictions(data: Path) -> None:
    (data / "copy of 0.png").write_bytes((data / "0.png").read_bytes())
    (data / "copy of 1.png").write_bytes((data / "1.png").read_bytes())
    picture(data / "resized 2.png", seed=2, scale=1.5)
    train = "0.png\t0\n1.png\t1\n2.png\t2\n3.png\t3\n3.png\t3\n4.png\t5\n"
    val = "copy of 0.png\t0\ncopy of 1.png\t2\nresized 2.png\t2\n4.png\t5\n9.png\t3\n"
    findings = run(data, train, val).findings
    assert findings.counts["leak"] == 3
    assert findings.examples("leak")[0] == "val.txt:1 is train.txt:1"
    assert findings.examples("conflict") == ["train.txt:2 and val.txt:2"]
    assert findings.examples("near") == ["val.txt:3 looks like train.txt:3"]
    assert findings.counts["near"] == 1
    assert findings.examples("copies") == ["train.txt:4 and train.txt:5"]


@pytest.mark.parametrize("look", ["pixels", "sizes"])
def test_all_images_of_a_text_are_looked_at(data: Path, look: Look) -> None:
    findings = run(data, '["0.png", "none.png"]\t0\n', look=look).findings
    assert findings.examples("missing") == ["train.txt:1: none.png: no such file"]


def test_a_near_copy_with_another_label_is_found_too(data: Path) -> None:
    picture(data / "resized 2.png", seed=2, scale=1.5)
    findings = run(data, "0.png\t0\n2.png\t2\n", "resized 2.png\t5\n").findings
    assert findings.examples("near") == ["val.txt:1 looks like train.txt:2, with another label"]


def test_letters_and_lengths_are_counted_as_training_normalises_them(data: Path) -> None:
    """NFD labels, no-break spaces and look-alikes: the same numbers as of their NFC copies."""
    right = "0.png\tế Đ ở\n1.png\tế\n2.png\t ệ\n"
    other = (
        "0.png\te\u0302\u0301 Ð o\u031b\u0309\n1.png\te\u0301\u0302\n2.png\t\u00a0e\u0323\u0302\n"
    )
    results = [run(data, text, max_text_length=5) for text in (right, other)]
    counted = [
        (result.statistics["train"].lengths, result.statistics["train"].characters)
        for result in results
    ]
    assert counted[0] == counted[1]
    assert counted[0][0] == {5: 1, 1: 1, 2: 1}
    for kind in ("letters", "spaces", "long"):
        assert results[0].findings.counts[kind] == results[1].findings.counts[kind]
    assert results[1].findings.counts["spelling"] == 3


def test_one_image_labelled_in_nfc_and_nfd_is_no_contradiction(data: Path) -> None:
    findings = run(data, "0.png\tế\n0.png\te\u0302\u0301\n").findings
    assert findings.counts["copies"] == 1 and not findings.counts["conflict"]


def test_a_label_for_an_image_without_ink_is_an_error(data: Path) -> None:
    for name, value in (("white.gif", 255), ("black.gif", 0)):
        Image.new("L", (200, 32), value).save(data / name)
    Image.open(data / "0.png").save(data / "0.gif")
    findings = run(data, "white.gif\t12\nblack.gif\tab\n0.gif\t12\n1.png\t12\n").findings
    assert findings.counts["blank"] == 2
    assert findings.examples("blank")[0] == "train.txt:1: white.gif: '12'"
    assert KINDS["blank"].severity == Severity.ERROR


def test_a_long_line_on_its_side_has_ink(data: Path) -> None:
    pixels = np.full((42, 308, 3), 190, np.uint8)
    cv2.putText(pixels, "Vo Thi Sau, Xa An", (8, 30), cv2.FONT_HERSHEY_SIMPLEX, 1, (90, 90, 90), 2)
    cv2.imwrite(str(data / "side.png"), cv2.rotate(pixels, cv2.ROTATE_90_CLOCKWISE))
    Image.new("L", (32, 300), 200).save(data / "tall.png")
    findings = run(data, "side.png\tVo Thi Sau, Xa An\ntall.png\t12\n").findings
    assert findings.examples("blank") == ["train.txt:2: tall.png: '12'"]


def test_a_text_twice_on_an_image_as_wide_as_for_once(data: Path) -> None:
    picture(data / "price.png", width=100)
    text = "".join(f"{n}.png\t{n}234567890123456\n" for n in range(10))  # 16 letters on 200x32
    findings = run(data, text + "price.png\t10000 10000\n9.png\t10000 10000\n").findings
    assert findings.examples("doubled") == ["train.txt:11: price.png: '10000 10000'"]


@pytest.mark.parametrize(
    ("label", "copies"),
    [
        ("10000 10000", 2),
        ("10000đ10000đ", 2),
        ("12.3đ 12.3đ 12.3đ", 3),
        ("12.3đ12.3đ12.3đ", 3),
        ("ab12\u00a0ab12\u00a0ab12\u00a0ab12\u00a0ab12", 5),
        ("10000đ10000", 0),
        ("aaaaaaaaaaaa", 0),
        ("abababababab", 0),
        ("abcabcabcabc", 0),
        ("0912345678", 0),
    ],
)
def test_a_text_several_times_on_an_image_as_wide_as_for_once(
    data: Path, label: str, copies: int
) -> None:
    charset = Charset.from_characters([*CHARSET.characters, "."], use_space_char=True)
    once = max(1, len(label) // max(copies, 2))
    for name, letters in (("once", once), ("whole", len(label))):
        picture(data / f"{name}.png", width=round(32 * letters / 2.6))
    (data / "train.txt").write_text(f"once.png\t{label}\nwhole.png\t{label}\n", encoding="utf-8")
    sets = [LabelSet("train", [data / "train.txt"], data)]
    findings = check(sets, charset, look="sizes", progress=silent).findings
    assert findings.examples("doubled") == [f"train.txt:1: once.png: {label!r}"] * bool(copies)


@pytest.mark.parametrize(
    ("text", "between", "answer"),
    [
        ("22.300đ22.300đ", "", True),
        ("09120912", "", True),
        ("22.30022.30022.30022.300", "", True),
        ("haha", "", False),
        ("1111111111", "", False),
        ("abababab", "", False),
        ("22.300 22.300", "", False),
        ("", "", False),
        ("22.300 22.300 22.300", " ", True),
        ("a b a b", " ", True),
        ("ha ha", " ", True),
        ("ha ha hai", " ", False),
        ("ha", " ", False),
    ],
)
def test_what_is_one_text_several_times(text: str, between: str, answer: bool) -> None:
    assert repeats(text, between) is answer


def test_swapped_columns_are_counted_once_and_nothing_is_made_of_them(data: Path) -> None:
    result = run(data, "".join(f"12 phố,\t{n}.png\n" for n in range(4)) + "5,5.png\n")
    assert dict(result.findings.counts) == {"swapped": 5}
    assert result.findings.examples("swapped")[0] == "train.txt:1: '12 phố,\\t0.png'"
    command = command_line(
        ["python", "tools/check_data.py", "--fix", "--labels", str(data / "train.txt")]
    )
    assert result.findings.cures("swapped") == [command]
    said = "errors: no line can be used, none has both a valid label and an image that can be read"
    assert format_result(result, CHARSET).endswith(f"\n\nresult: {said}\n")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("none.png\tđường\nnone2.png\tế\n", "no line can be used"),
        ("0.png\tüü\n1.png\t\n", "no line can be used"),
        ("0.png\t12\n", "none of the 134 Vietnamese letters is in the train labels"),
    ],
)
def test_a_table_of_nothing_is_not_shown(data: Path, lines: str, said: str) -> None:
    result = run(data, lines)
    text = format_result(result, CHARSET)
    assert said in text and "à 0" not in text and "missing (134)" not in text
    assert result.usable == (1 if "12" in lines else 0)
    assert result.findings.severity == (Severity.WARNING if result.usable else Severity.ERROR)


@pytest.mark.parametrize(
    ("end", "kind"),
    [
        ("0.png\t1\nhết", "line"),
        ("0.png\t\nhết", "continued"),
        ("0.png 1\nhết", "line"),
        ("0.png\nhết", "continued"),
    ],
)
def test_text_at_the_end_of_the_file_continues_only_a_label_that_lacks_it(
    data: Path, end: str, kind: str
) -> None:
    findings = run(data, f"1.png\t1\n{end}\n", look="nothing").findings
    assert findings.examples(kind) == ["train.txt:3: no tab between path and text: 'hết'"]


@pytest.mark.parametrize(
    ("character", "advice"),
    [
        (" ", "set Global.use_space_char: true"),
        ("\r", "delete it from the labels"),
        ("\u0309", "a mark that fits no letter before it: correct the labels"),
        ("ü", "add a line to the dictionary"),
        ("Ế", "add a line to the dictionary, or write E"),
    ],
)
def test_what_to_do_about_a_character_that_is_missing(character: str, advice: str) -> None:
    assert suggest(character, Charset.from_characters("abE", use_space_char=False)) == advice


def test_where_no_file_can_be_read_there_is_no_table_of_zeros(data: Path) -> None:
    result = check(
        [LabelSet("train", [data / "none.txt"], data, make="python tools/make_data.py")],
        CHARSET,
        progress=silent,
    )
    assert format_result(result, CHARSET) == (
        "ERROR           1  label file that cannot be read\n"
        f"{'':19}label file {data / 'none.txt'} does not exist; cure: python tools/make_data.py\n\n"
        "result: nothing was checked: no label file could be read\n"
    )


def test_the_cure_of_what_fix_repairs_is_its_command(data: Path) -> None:
    result = run(data, "0.png 12\n1.png\t1  2\n2.png\t\n", "none.png\tx\n4.png\t2\n")
    command = command_line(
        ["python", "tools/check_data.py", "--fix", "--labels", str(data / "train.txt")]
    )
    for kind in ("separator", "spaces"):
        assert result.findings.cures(kind) == [command]
    for kind in ("empty", "missing"):
        assert "--fix" not in result.findings.cures(kind)[0]


def test_windows_line_ends_and_marks_are_notes(data: Path) -> None:
    findings = run(data, "\ufeff0.png\t0\r\n1.png\t1\r\n").findings
    assert findings.counts["mark"] == 1 and findings.counts["crlf"] == 2
    assert KINDS["mark"].severity == KINDS["crlf"].severity == Severity.NOTE


def test_a_file_of_another_encoding_is_a_finding_and_the_rest_is_checked(data: Path) -> None:
    bad = data / "bad.txt"
    bad.write_bytes("0.png\tđ\n".encode("utf-16"))
    (data / "train.txt").write_text("0.png\t0\n", encoding="utf-8")
    sets = [LabelSet("train", [bad, data / "train.txt"], data)]
    result = check(sets, CHARSET, progress=silent)
    assert "looks like utf-16" in result.findings.examples("file")[0]
    assert result.statistics["train"].lines == 1
    assert result.findings.severity == Severity.ERROR


def test_the_report_names_what_is_missing_and_what_to_do(data: Path, tmp_path: Path) -> None:
    result = run(data, "0.png\t1ü\n1.png\tÐ đ\n", "2.png\tđ\n")
    text = format_result(result, CHARSET)
    assert "train: 2 lines" in text and "val: 1 line," in text
    assert "'ü' U+00FC latin small letter u with diaeresis: 1 time" in text
    assert "Ð → Đ: 1 time" in text
    assert "missing (132): à" in text and "rare, below 20 (2): đ Đ" in text
    assert "result: errors" in text
    plot_result(result, tmp_path / "plots" / "histograms.png")
    assert (tmp_path / "plots" / "histograms.png").read_bytes().startswith(b"\x89PNG")


def test_few_examples_are_kept_of_many_findings() -> None:
    findings = Findings()
    for number in range(1000):
        findings.add("empty", f"line {number}")
    assert findings.counts["empty"] == 1000
    assert findings.examples("empty") == ["line 0", "line 1", "line 2"]
    assert findings.examples("line") == []
