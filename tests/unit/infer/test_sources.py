"""What is found, in which order, and under which names."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from ppocr_ext.data.check.fix import fix_labels
from ppocr_ext.data.labels import LabelLine, read_labels
from ppocr_ext.errors import UserError
from ppocr_ext.infer.images import load_image
from ppocr_ext.infer.sources import Item, Names, PathSource, decoded, open_labels, open_source
from ppocr_ext.transforms.image import UnreadableImage


@pytest.fixture
def tree(vietnamese_path: Path) -> Path:
    for name in ("b.png", "a.JPG", "z/c.webp", "m 📷/ế.tif", "notes.md", "z/.hidden.png"):
        path = vietnamese_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    return vietnamese_path


def _names(images: Path | str) -> list[str]:
    return [item.name for item in open_source(images).items()]


def test_a_folder_is_read_recursively_in_order(tree: Path) -> None:
    expected = ["a.JPG", "b.png", "m 📷/ế.tif", "z/.hidden.png", "z/c.webp"]
    assert _names(tree) == [f"{tree.as_posix()}/{name}" for name in expected]


def test_a_glob_and_a_single_image(tree: Path) -> None:
    assert _names(f"{tree}/**/*.w*") == [(tree / "z" / "c.webp").as_posix()]
    assert _names(tree / "b.png") == [(tree / "b.png").as_posix()]


def test_a_label_file_is_relative_to_its_folder_and_holds_truths(tree: Path) -> None:
    labels = tree / "labels.txt"
    labels.write_bytes("\ufeffb.png\tViệt Nam\r\n\r\nz\\c.webp\tcó\tdấu\n".encode())
    source = open_source(labels)
    assert source.has_truth
    assert list(source.items()) == [
        Item("b.png", tree / "b.png", "Việt Nam"),
        Item("z/c.webp", tree / "z" / "c.webp", "có\tdấu"),
    ]
    assert [item.name for item in source.items(1)] == ["z/c.webp"]
    assert [item.name for item in source.items(0, 1)] == ["b.png"]


def test_a_list_without_labels_has_no_truth(tree: Path) -> None:
    (tree / "list.txt").write_text("b.png\na.JPG", encoding="utf-8")
    source = open_source(tree / "list.txt")
    assert not source.has_truth
    assert [item.truth for item in source.items()] == [None, None]


def test_standard_input(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO("\ufeffế.png\r\nb.png\n\nc.png".encode())

    monkeypatch.setattr(sys, "stdin", Stdin)
    source = open_source("-")
    assert source.size is None
    assert [item.name for item in source.items(1)] == ["b.png", "c.png"]
    Stdin.buffer = io.BytesIO(b"\n\n")
    with pytest.raises(UserError, match="no path on standard input"):
        open_source("-")


@pytest.mark.parametrize(
    ("line", "fallback", "name"),
    [
        ("\ufeffhóa đơn.png".encode(), "cp850", "\ufeffhóa đơn.png"),
        (b"h\xa2a don.png", "cp850", "hóa don.png"),
        ("Đươ\u0300ng.png".encode("cp1258"), "cp1258", "Đường.png"),
        (b"h\xa2a.png", None, "h\udca2a.png"),
    ],
)
def test_names_in_a_code_page_of_the_console(line: bytes, fallback: str | None, name: str) -> None:
    assert decoded(line, fallback) == name


@pytest.mark.parametrize("images", ["", "none", "none/*.png", "."])
def test_nothing_to_read_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, images: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"no such file or folder|no image found"):
        open_source(images)


def test_a_list_in_another_encoding_is_explained(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes("Tiếng Việt.png".encode("utf-16"))
    with pytest.raises(UserError, match="not UTF-8"):
        open_source(tmp_path / "list.txt")


@pytest.mark.skipif(os.name == "nt", reason="Windows needs rights for symbolic links")
def test_a_link_back_up_ends(tree: Path) -> None:
    (tree / "z" / "up").symlink_to(tree, target_is_directory=True)
    assert len(_names(tree)) == 5


@pytest.mark.skipif(sys.platform != "linux", reason="file names that are not text")
def test_names_of_old_encodings_are_kept(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + "/Hà Nội.png".encode("cp1258", "ignore")
    with open(path, "wb"):
        pass
    (item,) = open_source(tmp_path).items()
    assert item.path.is_file()


def test_fingerprints_tell_lists_apart() -> None:
    assert PathSource(["ab", "c"]).fingerprint != PathSource(["a", "bc"]).fingerprint
    assert PathSource(["a", "b"]).fingerprint == PathSource(["a", "b"]).fingerprint
    assert [Names(["ế", "", "b"])[i] for i in range(3)] == ["ế", "", "b"]


@pytest.mark.skipif(os.name == "nt", reason="Windows needs rights for symbolic links")
def test_what_is_skipped_is_listed_and_bad_links_are_images(tree: Path) -> None:
    for name in ("d.heic", "z/e.PDF", "f.jfif", ".DS_Store"):
        (tree / name).write_bytes(b"")
    (tree / "loop.png").symlink_to("loop.png")
    (tree / "loop").symlink_to("loop")
    (tree / "gone.png").symlink_to("nowhere.png")
    os.mkfifo(tree / "pipe.png")
    source = open_source(tree)
    names = [item.name.removeprefix(f"{tree.as_posix()}/") for item in source.items()]
    assert names == [
        *("a.JPG", "b.png", "f.jfif", "gone.png", "loop.png", "pipe.png"),
        *("m 📷/ế.tif", "z/.hidden.png", "z/c.webp"),
    ]
    assert list(source.passed_over.lines("skipped")) == [
        f"skipped: {tree}/d.heic, {tree}/z/e.PDF: an unsupported format: convert it to PNG or JPEG",
        f"skipped: {tree}/loop, {tree}/notes.md: no file name of an image",
    ]
    assert _names(f"{tree}/**/g*") == [f"{tree.as_posix()}/gone.png"]
    for name, reason in (("gone.png", "a link to nothing"), ("loop.png", "Too many levels")):
        with pytest.raises(UnreadableImage, match=reason):
            load_image(tree / name)


def test_a_folder_without_images_says_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "a.heic").write_bytes(b"")
    for images in (tmp_path, f"{tmp_path}/*.h*"):
        with pytest.raises(
            UserError,
            match=r"no image found\n  skipped: .*a\.heic: an "
            r"unsupported format",
        ):
            open_source(images)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("Label.txt", 'p.jpg\t[{"transcription": "An", "points": [[0, 0]]}]', "for detection"),
        ("x.json", '[{"image": "a.png", "text": "An"}]', "is JSON"),
        ("x.jsonl", '{"image": "a.png", "text": "An"}\n{"image": "b.png", "text": "B"}', "is JSON"),
        ("x.csv", "image,text\nb.png,An\n", r"is a table \(CSV\)"),
        ("p.txt", "b.png\tAn\t0.9871\nc.png\t\t0.0000\tno such file", "holds readings"),
        ("x.pdf", "%PDF-1.7", "an unsupported format"),
        ("x.html", "<html>", "XML or HTML"),
        ("a.txt", "filename\tlabel\nb.png\tAn\n", r"line 1, holds names of columns: 'filename"),
        ("b.tsv", "\ufeffImage\ttext\tsplit\nb.png\tAn\n", "names of columns"),
        ("c.txt", "path\nb.png\n", "names of columns"),
        ("c.tsv", "A\u0309nh\tNhãn\nb.png\tAn\n", "names of columns"),
        ("id.tsv", "id\ttext\nb.png\tAn\n", "names of columns"),
        ("d.csv", "path label\nb.png An\n", "not a list of paths"),
        ("README.md", "# Title\n\nSome words.\nb.png\n", r"not a list of images: '# Title'"),
        ("e.txt", "one\ttwo\nthree\tfour\n", "not a list of images"),
        ("f.txt", "\n\n", r"f\.txt is empty\n  expected: one image path per line"),
    ],
)
def test_what_is_no_list_of_images_is_refused(
    tree: Path, name: str, content: str, message: str
) -> None:
    (tree / name).write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=message):
        open_source(tree / name)


@pytest.mark.skipif(os.name == "nt", reason="device files")
@pytest.mark.parametrize("device", ["/dev/null", "/dev/zero"])
def test_a_device_is_no_image(device: str) -> None:
    for read in (open_source, lambda path: read_labels(Path(path), Path())):
        with pytest.raises(UserError, match=f"{device} is a device or a pipe, not a file"):
            read(device)


def test_labels_are_a_label_file(tree: Path) -> None:
    (tree / "val.txt").write_text("b.png\tAn\n", encoding="utf-8")
    (tree / "list.txt").write_text("b.png\n", encoding="utf-8")
    assert [item.truth for item in open_labels(tree / "val.txt").items()] == ["An"]
    for images in (tree / "list.txt", tree):
        with pytest.raises(UserError, match="no labelled line") as error:
            open_labels(images)
        assert error.value.cure == "name one with --labels, or images without labels with --images"


def test_an_image_may_be_named_like_a_column(tree: Path) -> None:
    (tree / "image").write_bytes(b"")
    (tree / "g.txt").write_text("image\ttext\nb.png\tAn\n", encoding="utf-8")
    assert [item.truth for item in open_source(tree / "g.txt").items()] == ["text", "An"]


def test_a_label_file_with_names_of_columns_is_refused_and_corrected(tmp_path: Path) -> None:
    (tmp_path / "b.png").write_bytes(b"")
    path = tmp_path / "train.txt"
    path.write_text("filename\tlabel\nb.png\tAn\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"names of columns[\s\S]*check_data\.py --fix"):
        read_labels(path, tmp_path)
    fixed = fix_labels(path, tmp_path)
    assert [*read_labels(fixed.path, tmp_path)] == [LabelLine("b.png", "An")]


def test_a_null_character_in_a_path_is_an_unread_image(tree: Path) -> None:
    (tree / "list.txt").write_bytes(b"a\0.png\n")
    (item,) = open_source(tree / "list.txt").items()
    with pytest.raises(UnreadableImage, match="null"):
        load_image(item.path)
    with pytest.raises(UserError, match="no such file"):
        open_source("a\0b.png")
