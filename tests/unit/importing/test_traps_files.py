"""What XML, tables and databases hold that a plain reader gets wrong, one by one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import lmdb
import numpy as np
import pytest
from importing_cases import CROPS, QUAD, TITLE, Imported, box, laid_out, page, write

from ppocr_ext.errors import UserError

Run = Callable[..., Imported]


def page_xml(lines: str, attributes: str = 'imageWidth="1200" imageHeight="900"') -> str:
    space = "https://schema.primaresearch.org/PAGE/gts/pagecontent/2013-07-15"
    page = f'<Page imageFilename="khac.jpg" {attributes}>{lines}</Page>'
    return f'<?xml version="1.0"?>\n<PcGts xmlns="{space}">{page}</PcGts>'


def test_page_xml(tmp_path: Path, run: Run) -> None:
    """The line's own text of the lowest index; lines without Coords; XML in ``page/``."""
    source = page(tmp_path / "in", "p.jpg")
    many = "260,40 400,40 600,40 877,40 877,92 500,92 260,92"
    own = (
        f'<TextLine id="a"><Coords points="{many}"/><Baseline points="260,92 877,92"/>'
        '<Word id="w"><Coords points="0,0 9,9 0,9"/><TextEquiv><Unicode>chữ</Unicode>'
        "</TextEquiv></Word>"
        '<TextEquiv index="1"><Unicode>sau</Unicode></TextEquiv>'
        '<TextEquiv index="0"><Unicode>trước</Unicode></TextEquiv></TextLine>'
    )
    bare = '<TextLine id="b"><TextEquiv><Unicode>x</Unicode></TextEquiv></TextLine>'
    write(source / "page" / "p.xml", page_xml(own + bare))
    for start in (source, source / "page"):
        found = run(start, start.name)
        assert found.texts == ["trước"] and np.allclose(found.boxes[0]["quad"], QUAD)
        assert found.reasons == {"without a box": 1}


def test_page_xml_in_reading_order(tmp_path: Path, run: Run) -> None:
    """The order of regions, also in groups, then Transkribus' of lines; not that of the file."""
    source = page(tmp_path / "in")

    def region(name: str, *lines: tuple[int, str]) -> str:
        rows = "".join(
            f'<TextLine custom="readingOrder {{index:{index};}}"><Coords points="260,40 877,40 '
            f'877,92 260,92"/><TextEquiv><Unicode>{text}</Unicode></TextEquiv></TextLine>'
            for index, text in lines
        )
        return f'<TextRegion id="{name}">{rows}</TextRegion>'

    order = (
        '<ReadingOrder><OrderedGroup id="g"><RegionRefIndexed index="0" regionRef="b"/>'
        '<OrderedGroupIndexed index="1" id="h"><RegionRefIndexed index="0" regionRef="a"/>'
        "</OrderedGroupIndexed></OrderedGroup></ReadingOrder>"
    )
    regions = region("z", (0, "năm")) + region("a", (1, "bốn"), (0, "ba"))
    write(source / "p.xml", page_xml(order + regions + region("b", (1, "hai"), (0, "một"))))
    assert run(source).texts == ["một", "hai", "ba", "bốn", "năm"]


def test_words_are_joined_to_lines_on_request(tmp_path: Path, run: Run) -> None:
    """A word that is no label makes its line none."""
    source = page(tmp_path / "in")
    rows = ["260,40,560,40,560,92,260,92,CỘNG HÒA", "580,40,877,40,877,92,580,92,XÃ HỘI"]
    rows += ["80,130,400,130,400,182,80,182,Tổng", "420,130,829,130,829,182,420,182,###"]
    write(source / "gt_p.txt", "\n".join(rows[::-1]) + "\n")
    assert run(source).texts == ["Tổng", "XÃ HỘI", "CỘNG HÒA"]
    found = run(source, "joined", join=True)
    assert found.texts == ["CỘNG HÒA XÃ HỘI"]
    assert found.boxes[0]["quad"] == QUAD
    assert found.notes == {"line of joined words": 1}
    assert found.reasons == {"marked illegible (###, #, *)": 1}
    assert found.skipped[0]["text"] == "Tổng ###"


def test_page_xml_of_2010_and_of_another_picture(tmp_path: Path, run: Run) -> None:
    source = page(tmp_path / "in")
    points = "".join(f'<Point x="{x}" y="{y}"/>' for x, y in QUAD)
    line = (
        f"<TextLine><Coords>{points}</Coords><TextEquiv><Unicode>A</Unicode></TextEquiv></TextLine>"
    )
    write(source / "p.xml", page_xml(line))
    assert run(source).boxes[0]["quad"] == QUAD
    write(source / "p.xml", page_xml(line, 'imageWidth="600" imageHeight="450"'))
    found = run(source, "half")
    assert found.boxes[0]["quad"] == [[2 * x, 2 * y] for x, y in QUAD][:4]
    assert found.notes == {"boxes were drawn on the picture in another size": 1}
    write(source / "p.xml", page_xml(line, 'imageWidth="900" imageHeight="900"'))
    with pytest.raises(UserError, match="recorded size is another picture's"):
        run(source, "other")


def test_alto_in_millimetres_with_spaces_and_hyphens(tmp_path: Path, run: Run) -> None:
    source = page(tmp_path / "in", "trang 1.jpg")
    tenth = 2100 / 1200  # of a millimetre a pixel
    box = f'HPOS="{260 * tenth}" VPOS="{40 * tenth}" WIDTH="{617 * tenth}" HEIGHT="{52 * tenth}"'
    line = (
        f'<TextLine {box}><String CONTENT="một"/><SP/><String CONTENT="hai"/>'
        '<HYP CONTENT="-"/></TextLine>'
    )
    head = (
        "<Description><MeasurementUnit>mm10</MeasurementUnit><sourceImageInformation>"
        "<fileName>file:///C:/x/trang%201.jpg</fileName></sourceImageInformation></Description>"
    )
    alto = f"<alto>{head}<Layout><Page {{}}>{line}</Page></Layout></alto>"
    write(source / "a.xml", alto.format(f'WIDTH="2100" HEIGHT="{900 * tenth}"'))
    found = run(source)
    assert found.texts == ["một hai-"]
    assert np.abs(np.array(found.boxes[0]["quad"]) - QUAD).max() < 0.1
    write(source / "b.xml", alto.format(""))
    assert run(source, "more").done.damages[0].reason == "unit mm10 and no size of the page"


def test_alto_words_without_spaces_between_and_a_polygon(tmp_path: Path, run: Run) -> None:
    source = page(tmp_path / "in")
    polygon = '<Shape><Polygon POINTS="260 40 877 40 877 92 260 92"/></Shape>'
    words = '<String CONTENT="một"/><String CONTENT="hai"/>'
    line = f"<TextLine>{polygon}{words}</TextLine>"
    write(source / "p.xml", f"<alto><Layout><Page>{line}</Page></Layout></alto>")
    found = run(source)
    assert found.texts == ["một hai"] and found.boxes[0]["quad"] == QUAD


def test_hocr(tmp_path: Path, run: Run) -> None:
    """Every class of line, a name that is missing, HTML's own entities."""
    source = page(tmp_path / "in")
    kinds = ("ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat")
    spans = "".join(
        f"<span class='{kind}' title='bbox 260 40 877 92'>{kind}&nbsp;&amp; b\n c</span>"
        for kind in kinds
    )
    body = f"<div class='ocr_page' title='bbox 0 0 1200 900'>{spans}</div>"
    write(source / "p.hocr", f"<!DOCTYPE html><html><body>{body}</body></html>")
    found = run(source)
    assert found.texts == [f"{kind} & b c" for kind in kinds]
    write(source / "p.hocr", f"<!DOCTYPE html><html><body>{body}")
    assert found.boxes[0]["quad"] == QUAD
    assert run(source, "cut").done.damages[0].reason == "ends before </html>: cut off"


def test_tesseract_joins_characters_and_counts_from_the_bottom(tmp_path: Path, run: Run) -> None:
    source = page(tmp_path / "in")
    rows = [
        "C 260 808 300 860 0",
        "Ộ 310 812 360 855 0",
        "  360 812 370 855 0",
        "# 380 812 877 855 0",
    ]
    write(source / "p.box", "\n".join([*rows, "\t 877 808 878 860 0", "x 80 718 829 770 1"]) + "\n")
    found = run(source)
    assert found.texts == ["CỘ #"] and found.boxes[0]["quad"] == QUAD
    assert found.done.damages[0].reason == "of page 1: only the first is read"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ('filename,words\na.jpg,"nói ""A"", B"\n', "utf-8"),
        ('image;text\na.jpg;"nói ""A"", B"\n', "utf-8-sig"),
        ('a.jpg,"nói ""A"", B"\n', "utf-8"),
        ('id;ảnh;nhãn\n1;a.jpg;"nói ""A"", B"\n', "utf-16"),
    ],
)
def test_csv(content: str, encoding: str, tmp_path: Path, run: Run) -> None:
    source = tmp_path / "in"
    source.mkdir()
    shutil.copyfile(CROPS[0], source / "a.jpg")
    (source / "x.csv").write_text(content, encoding=encoding, newline="\r\n")
    assert run(source).texts == ['nói "A", B']


def test_mcocr_with_placeholders_and_lists_of_two_lengths(tmp_path: Path, run: Run) -> None:
    source = page(page(tmp_path / "in"), "q.jpg")
    part = "{{'segmentation': [{}], 'width': 1200, 'height': 900}}"
    halves = part.format(
        "[260, 40, 500, 40, 500, 92, 260, 92], [500, 40, 877, 40, 877, 92, 500, 92]"
    )
    rows = [
        "img_id,anno_polygons,anno_texts",
        f'p.jpg,"[{halves}]",{TITLE}',
        f'q.jpg,"[{halves}, {halves}]",abc abc abc',
        f'r.jpg,"[{halves}]",một|||hai',
        "s.jpg,\"[__import__('os').getcwd()]\",x",
    ]
    write(source / "x.csv", "\n".join(rows) + "\n")
    found = run(source)
    assert found.texts == [TITLE] and np.allclose(found.boxes[0]["quad"], QUAD)
    assert found.reasons == {"a placeholder (abc abc abc)": 2}
    assert [each.place for each in found.done.damages] == ["x.csv:4", "x.csv:5"]


def test_donut_keeps_the_text_in_json(tmp_path: Path, run: Run) -> None:
    source = tmp_path / "in"
    source.mkdir()
    shutil.copyfile(CROPS[0], source / "a.jpg")
    kept = json.dumps({"gt_parse": {"text_sequence": "một"}})
    fields = json.dumps({"gt_parse": {"total": "9"}})
    rows = [{"file_name": "a.jpg", "ground_truth": each} for each in (kept, fields)]
    write(source / "metadata.jsonl", "\n".join(map(json.dumps, rows)) + "\n")
    found = run(source)
    assert found.texts == ["một"]
    assert found.done.damages[0].reason == "the fields of a document, not the text of a line"


def test_doctr_words_as_parts_of_the_page(tmp_path: Path, run: Run) -> None:
    source = page(tmp_path / "in", "images/p.jpg")
    word = {"value": TITLE, "geometry": [260 / 1200, 40 / 900, 877 / 1200, 92 / 900]}
    write(source / "labels.json", {"p.jpg": {"typed_words": [word]}})
    found = run(source)
    assert found.texts == [TITLE] and np.allclose(found.boxes[0]["quad"], QUAD)


def test_lmdb_with_a_picture_missing_and_one_of_labels_alone(tmp_path: Path, run: Run) -> None:
    source = laid_out("lmdb", tmp_path / "in")
    with lmdb.open(str(source), map_size=1 << 24) as made, made.begin(write=True) as writes:
        writes.delete(b"image-%09d" % 3)
    found = run(source)
    assert len(found.boxes) == 9
    assert [(each.place, each.reason) for each in found.done.damages] == [
        ("data.mdb:3", "no image")
    ]
    with lmdb.open(str(source), map_size=1 << 24) as made, made.begin(write=True) as writes:
        writes.delete(b"num-samples")
    with pytest.raises(UserError, match="no num-samples"):
        run(source, "none")
    with open(source / "data.mdb", "r+b") as stream:  # what lies beyond its end kills who reads it
        stream.truncate(9000)
    with pytest.raises(UserError, match=r"cut off, 9,000 of [\d,]+ bytes"):
        run(source, "cut")


def test_texts_stay_as_they_are(tmp_path: Path, run: Run) -> None:
    """NFD, no-break spaces, spaces at the ends: training normalises them, an import does not."""
    source = page(tmp_path / "anh")
    texts = ["Nguye\u0302\u0303n", "a\u00a0b", "  hai  ", "a\u200bb", "tab\tbên trong"]
    write(source / "Label.txt", f"anh/p.jpg\t{json.dumps([box(text) for text in texts])}\n")
    found = run(source)
    assert found.texts == texts
    labels = (found.output / "train.txt").read_text(encoding="utf-8").splitlines()
    assert [row.partition("\t")[2] for row in labels] == [*texts[:4], "tab bên trong"]


def test_same_name_in_two_folders(tmp_path: Path, run: Run) -> None:
    """The folder decides; where it does not, the line is left out and counted."""
    source = page(page(tmp_path / "in", "một/p.jpg"), "hai/p.jpg")
    flat = [value for point in QUAD for value in point]
    images = [
        {"id": n, "file_name": name, "width": 1200, "height": 900}
        for n, name in enumerate(["hai/p.jpg", "ba/p.jpg"])
    ]
    labels = [{"id": n, "image_id": n, "points": flat, "text": "x1"} for n in range(2)]
    write(source / "x.json", {"images": images, "annotations": labels})
    found = run(source)
    assert [row["page"] for row in found.boxes] == ["hai/p.jpg"]
    assert found.reasons == {"its image: several files have this name": 1}


def test_boxes_outside_and_without_an_area(tmp_path: Path, run: Run) -> None:
    source = page(tmp_path / "anh")
    beside = [[1190, 40], [1900, 40], [1900, 92], [1190, 92]]
    flat = [[9, 9], [99, 9], [99, 9], [9, 9]]
    far = [[1e300, 1], [2e300, 1], [2e300, 2e300], [1, 2e300]]
    huge = [[0, 0], [1e9, 0], [1e9, 1e9], [0, 1e9]]
    no_number = [[float("nan"), 0], [9, 0], [9, 9], [0, 9]]
    boxes = [box("A1"), box("B2", points=beside), box("C3", points=flat)]
    boxes += [box("D4", points=far), box("E5", points=huge), box("F6", points=no_number)]
    write(source / "Label.txt", f"anh/p.jpg\t{json.dumps(boxes)}\n")
    found = run(source)
    assert found.texts == ["A1"]
    assert found.reasons == {"box outside the picture": 3, "box without an area": 2}
