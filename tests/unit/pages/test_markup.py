"""hOCR and ALTO of pages: what is in them, where, and that others can read them."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from ppocr_ext.pages.markup import alto, baseline, bounds, hocr, words_of
from ppocr_ext.pages.page import Page, PageLine, PageText, Quad


def box(left: float, top: float, right: float, bottom: float) -> Quad:
    return ((left, top), (right, top), (right, bottom), (left, bottom))


PAGE = PageText(
    Page('đơn/a <b> "c".pdf', 3, 400, 300, 90, 150.0),
    (
        PageLine(box(10, 10, 110, 30), "Trần & Lê", 0.987, 0, 0, 0),
        PageLine(box(10, 40, 110, 60), "<ừ>", 0.95, 0, 0, 1),
        PageLine(box(10, 70, 110, 90), "~~", 0.31, 0, 0, 2, is_text=False),
        PageLine(box(210.4, 10, 310, 30.2), 'nói "được"', 0.7, 1, 1, 3, "\t"),
    ),
)
BLANK = PageText(Page("đơn/a.pdf", 4, 400, 300), (), "no text found")
TEXTS = [["Trần", "&", "Lê"], ["<ừ>"], ["nói", '"được"']]


def test_words_share_the_line_by_the_width_of_their_letters() -> None:
    line = PageLine(box(0, 0, 100, 20), "il Mm", 1, 0, 0, 0)
    (first, left), (second, right) = words_of(line)
    assert (first, second) == ("il", "Mm")
    total = 0.5 + 0.5 + 0.55 + 1.5 + 1.5
    assert left[0] == (0, 0) and left[1] == pytest.approx((100 * 1.0 / total, 0))
    assert right[0] == pytest.approx((100 * 1.55 / total, 0)) and right[2] == (100, 20)


def test_words_of_a_tilted_line_follow_it() -> None:
    line = PageLine(((0, 0), (100, 50), (90, 70), (-10, 20)), "aa aa", 1, 0, 0, 0)
    (_, first), (_, last) = words_of(line)
    assert first[1][1] == pytest.approx(first[1][0] / 2)
    assert last[2] == (90, 70) and last[1] == (100, 50)


def test_bounds_lie_in_the_picture_and_have_an_area() -> None:
    assert bounds([box(-3.2, 4.5, 7.1, 9)]) == (0, 4, 8, 9)
    assert bounds([box(5, 5, 5, 5)]) == (5, 5, 6, 6)


def test_baselines_of_level_tilted_and_upright_lines() -> None:
    assert baseline(box(0, 0, 100, 20)) == (0, 0.0, pytest.approx(-4.4))
    angle, slope, begins = baseline(((0, 0), (100, 10), (98, 30), (-2, 20)))
    assert (angle, slope) == (0, pytest.approx(0.1)) and begins == pytest.approx(-14.4)
    upward = ((0, 100), (0, 0), (20, 0), (20, 100))  # reads from the bottom to the top
    assert baseline(upward)[0] == 90
    assert baseline(((20, 0), (20, 100), (0, 100), (0, 0)))[0] == 270


def test_hocr_says_what_and_where() -> None:
    text = "".join(hocr([PAGE, BLANK]))
    root = ElementTree.fromstring(text)
    of_class = {
        name: [each for each in root.iter() if each.get("class") == name]
        for name in ("ocr_page", "ocr_carea", "ocr_par", "ocr_line", "ocrx_word")
    }
    assert [len(found) for found in of_class.values()] == [2, 2, 2, 3, 6]
    first, second = (each.get("title") for each in of_class["ocr_page"])
    name = "đơn/a <b> 'c'.pdf"
    assert first == f'image "{name}"; bbox 0 0 400 300; ppageno 0; scan_res 150 150'
    assert second == 'image "đơn/a.pdf"; bbox 0 0 400 300; ppageno 1'
    lines = [[word.text for word in line] for line in of_class["ocr_line"]]
    assert lines == TEXTS
    assert of_class["ocr_line"][2].get("title") == "bbox 210 10 310 31; baseline 0.0000 -5"
    assert of_class["ocr_par"][0].get("title") == "bbox 10 10 110 60"
    names = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(names) == len(set(names))


def test_ocrmypdf_reads_the_hocr(tmp_path: Path) -> None:
    parser = pytest.importorskip("ocrmypdf.hocrtransform.hocr_parser", exc_type=ImportError)
    path = tmp_path / "a.hocr"
    path.write_text("".join(hocr([PAGE])), encoding="utf-8", newline="\n")
    page = parser.HocrParser(path).parse()
    assert (page.bbox.width, page.bbox.height, page.dpi, page.page_number) == (400, 300, 150, 0)
    assert [[word.text for word in line.words] for line in page.lines] == TEXTS
    assert page.words[0].confidence == 0.99 and page.lines[2].bbox.left == 210
    assert page.lines[0].baseline.intercept == -4


_NS = "{http://www.loc.gov/standards/alto/ns-v4#}"
# What ALTO 4.4's schema says of the elements and attributes that are written here.
_SCHEMA = """
<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"
  xmlns="http://www.loc.gov/standards/alto/ns-v4#"
  targetNamespace="http://www.loc.gov/standards/alto/ns-v4#">
 <x:element name="alto"><x:complexType><x:sequence>
  <x:element name="Description"><x:complexType><x:sequence>
   <x:element name="MeasurementUnit"><x:simpleType><x:restriction base="x:string">
    <x:enumeration value="pixel"/></x:restriction></x:simpleType></x:element>
   <x:element name="sourceImageInformation"><x:complexType><x:sequence>
    <x:element name="fileName" type="x:string"/></x:sequence></x:complexType></x:element>
   <x:element name="Processing"><x:complexType><x:sequence>
    <x:element name="processingSoftware"><x:complexType><x:sequence>
     <x:element name="softwareName" type="x:string"/>
     <x:element name="softwareVersion" type="x:string"/>
    </x:sequence></x:complexType></x:element></x:sequence>
    <x:attribute name="ID" type="x:ID" use="required"/></x:complexType></x:element>
  </x:sequence></x:complexType></x:element>
  <x:element name="Layout"><x:complexType><x:sequence>
   <x:element name="Page" maxOccurs="unbounded"><x:complexType><x:sequence>
    <x:element name="PrintSpace"><x:complexType><x:sequence>
     <x:element name="ComposedBlock" minOccurs="0" maxOccurs="unbounded"><x:complexType>
      <x:sequence><x:element name="TextBlock" maxOccurs="unbounded"><x:complexType>
       <x:sequence><x:element name="TextLine" maxOccurs="unbounded"><x:complexType><x:sequence>
        <x:element name="Shape"><x:complexType><x:sequence>
         <x:element name="Polygon"><x:complexType>
          <x:attribute name="POINTS" type="x:string" use="required"/></x:complexType></x:element>
        </x:sequence></x:complexType></x:element>
        <x:sequence maxOccurs="unbounded">
         <x:element name="String"><x:complexType>
          <x:attribute name="ID" type="x:ID"/><x:attributeGroup ref="place"/>
          <x:attribute name="CONTENT" type="x:string" use="required"/>
          <x:attribute name="WC"><x:simpleType><x:restriction base="x:float">
           <x:minInclusive value="0"/><x:maxInclusive value="1"/></x:restriction></x:simpleType>
          </x:attribute></x:complexType></x:element>
         <x:element name="SP" minOccurs="0"><x:complexType/></x:element>
        </x:sequence></x:sequence>
        <x:attribute name="ID" type="x:ID"/><x:attributeGroup ref="place"/></x:complexType>
       </x:element></x:sequence>
       <x:attribute name="ID" type="x:ID" use="required"/><x:attributeGroup ref="place"/>
      </x:complexType></x:element></x:sequence>
      <x:attribute name="ID" type="x:ID" use="required"/><x:attributeGroup ref="place"/>
     </x:complexType></x:element></x:sequence>
     <x:attributeGroup ref="place"/></x:complexType></x:element></x:sequence>
    <x:attribute name="ID" type="x:ID" use="required"/>
    <x:attribute name="PHYSICAL_IMG_NR" type="x:float" use="required"/>
    <x:attribute name="HEIGHT" type="x:float"/><x:attribute name="WIDTH" type="x:float"/>
   </x:complexType></x:element></x:sequence></x:complexType></x:element>
 </x:sequence><x:attribute name="SCHEMAVERSION" type="x:string"/></x:complexType></x:element>
 <x:attributeGroup name="place">
  <x:attribute name="HEIGHT" type="x:float"/><x:attribute name="WIDTH" type="x:float"/>
  <x:attribute name="HPOS" type="x:float"/><x:attribute name="VPOS" type="x:float"/>
 </x:attributeGroup>
</x:schema>"""


def test_alto_is_as_its_schema_wants_it() -> None:
    etree = pytest.importorskip("lxml.etree")
    schema = etree.XMLSchema(etree.fromstring(_SCHEMA))
    text = "".join(alto([PAGE, BLANK])).encode()
    schema.assertValid(etree.fromstring(text))
    for damage in ((b"CONTENT", b"TEXT"), (b'WC="0.987"', b'WC="98.7"'), (b"page_2", b"page_1")):
        assert not schema.validate(etree.fromstring(text.replace(*damage)))


def test_alto_says_what_and_where() -> None:
    root = ElementTree.fromstring("".join(alto([PAGE, BLANK])))
    assert root.tag == f"{_NS}alto" and root.get("SCHEMAVERSION") == "4.4"
    pages = root.findall(f"{_NS}Layout/{_NS}Page")
    assert [page.get("PHYSICAL_IMG_NR") for page in pages] == ["1", "2"]
    lines = [
        [word.get("CONTENT") for word in line.iter(f"{_NS}String")]
        for line in root.iter(f"{_NS}TextLine")
    ]
    assert lines == TEXTS
    (name,) = root.iter(f"{_NS}fileName")
    assert name.text == PAGE.page.source
    last = list(root.iter(f"{_NS}TextLine"))[-1]
    place = [last.get(key) for key in ("HPOS", "VPOS", "WIDTH", "HEIGHT")]
    assert place == ["210", "10", "100", "21"]
    polygon = last.find(f"{_NS}Shape/{_NS}Polygon")
    assert polygon is not None and polygon.get("POINTS") == "210,10 310,10 310,30 210,30"
    assert float(next(iter(root.iter(f"{_NS}String"))).get("WC") or 0) == 0.987
    names = [each.get("ID") for each in root.iter() if each.get("ID")]
    assert len(names) == len(set(names))


def test_no_control_character_breaks_the_xml() -> None:
    line = PageLine(box(0, 0, 9, 9), "a\x0bb\u200e", 1, 0, 0, 0)
    page = PageText(Page("x\x01.png", 1, 9, 9), (line,))
    for parts in (hocr([page]), alto([page])):
        ElementTree.fromstring("".join(parts))
