"""What labelling tools and data sets write that a plain reader gets wrong, one by one."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from importing_cases import CROPS, FLAT, PICTURE, QUAD, TITLE, Imported, box, page, write

from ppocr_ext.cli.import_labels import is_partial
from ppocr_ext.errors import UserError
from ppocr_ext.transforms.image import read_image

Run = Callable[..., Imported]


def test_difficult_is_no_judgement_but_counted(tmp_path: Path, run: Run) -> None:
    source = page(tmp_path / "anh")
    write(source / "Label.txt", f"anh/p.jpg\t{json.dumps([box('A1', True), box('B2')])}\n")
    found = run(source)
    assert found.texts == ["A1", "B2"] and found.notes == {"marked difficult": 1}
    found = run(source, "skips", take_difficult=False)
    assert found.texts == ["B2"] and found.reasons == {"marked difficult": 1}


def test_only_pages_in_both_files_are_confirmed(tmp_path: Path, run: Run) -> None:
    """Older versions wrote whole Windows paths into fileState.txt."""
    source = page(page(tmp_path / "anh"), "q.jpg")
    rows = [f"anh/{name}.jpg\t{json.dumps([box(name)])}\n" for name in "pq"]
    write(source / "Label.txt", "".join(rows))
    write(source / "fileState.txt", "D:\\xyz\\anh\\p.jpg\t1\n")
    found = run(source)
    assert found.texts == ["p"]
    assert found.reasons == {"page not confirmed in fileState.txt": 1}


def test_what_label_py_left_is_imported_once(tmp_path: Path, run: Run) -> None:
    """Its crops repeat the boxes of Label.txt; a page may be half done."""
    source = page(page(tmp_path / "anh"), "q.jpg")
    rows = [f"anh/{name}.jpg\t{json.dumps([box(name), box('')])}\n" for name in "pq"]
    write(source / "Label.txt", "".join(rows))
    write(source / "fileState.txt", "anh/p.jpg\t1\n")
    (source / "labelling").mkdir()
    write(source / "labelling" / "train.txt", "crops/q/1.jpg\tq\n")
    write(source / "labelling" / "boxes.jsonl", '{"crop": "crops/q/1.jpg", "page": "../q.jpg"}\n')
    found = run(source)
    assert found.texts == ["p", "q"] and found.reasons == {"empty: not labelled": 2}


def test_pages_that_nobody_confirmed_are_to_be_labelled(tmp_path: Path, run: Run) -> None:
    source = page(tmp_path / "ảnh của tôi")
    write(source / "Label.txt", f"anh/p.jpg\t{json.dumps([box('p')])}\n")
    write(source / "fileState.txt", "")
    with pytest.raises(UserError) as raised:
        run(source)
    assert raised.value.cure == f"python tools/label.py '{source}'"


def test_the_cache_holds_drafts(tmp_path: Path, run: Run) -> None:
    source = page(page(tmp_path / "anh"), "q.jpg")
    write(source / "Label.txt", f"anh/p.jpg\t{json.dumps([box('người')])}\n")
    both = [f"anh/{name}.jpg\t{json.dumps([box('máy')])}\n" for name in "pq"]
    write(source / "Cache.cach", "".join(both))
    found = run(source)
    assert found.texts == ["người"]
    assert found.reasons == {
        "a draft that no one confirmed": 1,
        "its picture is labelled in another row or file, too": 1,
    }
    assert run(source, "drafts", take_drafts=True).texts == ["người", "máy"]


def test_a_crop_of_one_letter_is_turned_back(tmp_path: Path, run: Run) -> None:
    """PPOCRLabel turns crops that are 1.5 times as high as wide: a lone 1, too."""
    source = tmp_path / "in"
    source.mkdir()
    letter = np.full((40, 24, 3), 255, np.uint8)
    letter[6:34, 10:14] = 0
    (source / "a_crop_0.png").write_bytes(cv2.imencode(".png", np.rot90(letter))[1].tobytes())
    write(source / "rec_gt.txt", "a_crop_0.png\t1\n")
    found = run(source)
    assert found.notes == {"crop of one letter that was turned by 90°, turned back": 1}
    crop = read_image(found.output / found.boxes[0]["crop"])
    assert crop.shape == (40, 24, 3) and np.abs(crop.astype(int) - letter).mean() < 3


def studio(result: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"id": 1, "annotations": [{"result": result, **more}], "data": {"ocr": "/x/p.jpg"}}


def shape(key: str = "a", **value: Any) -> dict[str, Any]:
    sizes = {"original_width": 1200, "original_height": 900, "id": key}
    return {**sizes, "type": "rectangle", "value": value}


def said(key: str = "a", *texts: str) -> dict[str, Any]:
    return {"id": key, "type": "textarea", "from_name": "chữ", "value": {"text": list(texts)}}


AREA = {"x": 260 / 12, "y": 40 / 9, "width": 617 / 12, "height": 52 / 9}


def test_label_studio_turns_about_the_top_left_corner_in_pixels(tmp_path: Path, run: Run) -> None:
    source = page(tmp_path / "in")
    area = {"x": 1050 / 12, "y": 520 / 9, "width": 146 / 12, "height": 52 / 9, "rotation": 90}
    write(source / "x.json", [studio([shape(**area), said("a", "THẺ KHO")])])
    quad = np.array(run(source).boxes[0]["quad"])
    assert np.abs(quad - [[1050, 520], [1050, 666], [998, 666], [998, 520]]).max() < 0.1


def test_label_studio_takes_the_last_annotation_that_stands(tmp_path: Path, run: Run) -> None:
    source = page(tmp_path / "in")
    task = studio([shape(**AREA), said("a", "cũ")])
    task["annotations"] += [
        {"result": [shape(**AREA), said("a", "mới")]},
        {"result": [shape(**AREA), said("a", "bỏ")], "was_cancelled": True},
    ]
    task["predictions"] = [{"result": [shape(**AREA), said("a", "máy")]}]
    alone = studio([], was_cancelled=True)
    alone["data"] = {"ocr": "s3://kho/sâu/q.jpg"}
    alone["predictions"] = [{"result": [shape(**AREA), said("a", "máy")]}]
    page(source, "q.jpg")
    write(source / "x.json", [task, alone])
    found = run(source)
    assert found.texts == ["mới"]
    assert found.reasons == {
        "in another annotation of the same task": 1,
        "in an annotation that was cancelled": 1,
        "a draft that no one confirmed": 2,
    }


def test_label_studio_names_of_local_files_and_polygons(tmp_path: Path, run: Run) -> None:
    source = page(tmp_path / "in", "sâu/trang 1.jpg")
    points = [[x / 12, y / 9] for x, y in QUAD]
    polygon = {**shape(points=points), "type": "polygon"}
    task = studio([polygon, said("a", "một", "hai"), shape("b", **AREA), said("b", TITLE)])
    task["data"] = {"ảnh": "/data/local-files/?d=s%C3%A2u%2Ftrang%201.jpg"}
    write(source / "x.json", [task])
    found = run(source)
    assert found.texts == [TITLE] and found.reasons == {"several rows in one box": 1}
    assert found.skipped[0]["text"] == "một\nhai"
    assert np.abs(np.array(found.skipped[0]["quad"]) - QUAD).max() < 0.1


def test_json_min_is_refused_where_its_lists_have_lost_each_other(tmp_path: Path, run: Run) -> None:
    source = page(tmp_path / "in")
    size = {"original_width": 1200, "original_height": 900}
    row = {"ocr": "p.jpg", "id": 7, "bbox": [{**AREA, **size}], "transcription": ["một"]}
    write(source / "min.json", [row])
    assert run(source).texts == ["một"]
    lost = "in a JSON_MIN that lost the box of each text: export JSON in Label Studio"
    for texts in ([], ["một", "hai"], [{"number": 1}]):
        write(source / "min.json", [{**row, "transcription": texts}])
        with pytest.raises(UserError, match=r"(?s)lost .*task 7, box 0.*choose Export > JSON"):
            run(source, "refused")
    write(page(source, "q.jpg") / "gt_q.txt", f"{FLAT},hai\n")  # read none the less
    found = run(source, "rest")
    assert (found.texts, found.reasons) == (["hai"], {lost: 1}) and is_partial(found.done)
    task = studio([shape(**AREA), said("a", "ba")])
    write(source / "whole.json", [task])  # whose every task is here, too
    found = run(source, "whole")
    assert found.texts == ["hai", "ba"] and not is_partial(found.done)
    assert found.reasons == {"its picture is labelled in another row or file, too": 1}


FLAT_BOX, HUGE = "box without an area", int("9" * 400)  # no float holds it


@pytest.mark.parametrize(
    ("content", "reasons", "places"),
    [
        ([studio([shape(**AREA) | {"original_width": 0}, said("a", "x")])], FLAT_BOX, 0),
        ([studio([shape(**AREA | {"x": HUGE}), said("a", "x")])], "", 1),
        ([studio([shape("", **AREA) | {"id": None}] * 2)], "empty: not labelled", 0),
        ({"images": [{"id": 1, "file_name": "p.jpg", "width": HUGE, "height": 9}],
          "annotations": [{"id": 1, "image_id": 1, "text": "x", "points": [HUGE] * 8}]}, "", 1),
        ("<annotations><image name='p.jpg' width='1e400' height='1e400'>"
         "<points points='1,1' label='x'/></image></annotations>", "a points, which is no box", 0),
    ],
)  # fmt: skip
def test_numbers_and_shapes_that_are_none(
    content: Any, reasons: str, places: int, tmp_path: Path, run: Run
) -> None:
    source = page(page(tmp_path / "in"), "q.jpg")
    write(source / "gt_q.txt", f"{FLAT},một\n")
    write(source / "x.json", content)
    found = run(source)
    assert found.texts == ["một"] and len(found.done.damages) == places
    assert list(found.reasons) == [reasons] * bool(reasons)


def test_labels_of_label_studio_before_1_0_and_bytes_that_are_no_letters(
    tmp_path: Path, run: Run
) -> None:
    """One wrong byte makes no code page of a file of UTF-8."""
    source = page(tmp_path / "in")
    task = studio([shape(**AREA), said("a", "Tổng cộng"), shape("b", **AREA), said("b", "mẫ@u")])
    task["completions"] = task.pop("annotations")
    rows = json.dumps([task], ensure_ascii=False).encode().replace(b"@", b"\xff")
    (source / "x.json").write_bytes(rows)
    found = run(source)
    assert found.texts == ["Tổng cộng"]
    assert found.reasons == {"damaged letters in its text, which is not UTF-8 there": 1}


def test_a_recorded_size_of_nothing_says_nothing(tmp_path: Path, run: Run) -> None:
    source = page(tmp_path / "in")
    shapes = [{"label": TITLE, "points": QUAD, "shape_type": "polygon"}]
    write(source / "p.json", labelme(shapes, imageWidth=0, imageHeight=0))
    part = f"[{{'segmentation': [{[v for p in QUAD for v in p]}], 'width': 0, 'height': 0}}]"
    page(source / "mc", "q.jpg")
    write(source / "mc" / "x.csv", f'img_id,anno_polygons,anno_texts\nq.jpg,"{part}",{TITLE}\n')
    found = run(source)
    assert [row["quad"] for row in found.boxes] == [QUAD, QUAD]


def cvat(*shapes: str) -> str:
    return (
        '<?xml version="1.0"?>\n<annotations>\n<image id="0" name="p.jpg" width="1200" '
        f'height="900">\n{"".join(shapes)}</image>\n</annotations>\n'
    )


def area(text: str, more: str = "", name: str = "text", place: str = "") -> str:
    place = place or 'xtl="260" ytl="40" xbr="877" ybr="92"'
    held = f'<attribute name="{name}">{text}</attribute>{more}'
    return f'<box label="l" {place}>{held}</box>\n'


def test_cvat_turns_about_the_middle_and_its_text_has_any_name(tmp_path: Path, run: Run) -> None:
    source = page(tmp_path / "in")
    place = 'xtl="951" ytl="567" xbr="1097" ybr="619" rotation="90"'
    check = '<attribute name="mờ">false</attribute>'
    write(source / "a.xml", cvat(area("THẺ KHO", check, "lời văn", place)))
    found = run(source)
    assert found.texts == ["THẺ KHO"]
    quad = np.array(found.boxes[0]["quad"])
    assert np.abs(quad - [[1050, 520], [1050, 666], [998, 666], [998, 520]]).max() < 0.1


def test_cvat_of_a_video_and_a_file_that_is_cut_off(tmp_path: Path, run: Run) -> None:
    source = page(tmp_path / "in")
    track = '<track id="0"><box frame="0" xtl="1" ytl="1" xbr="9" ybr="9"/></track>'
    whole = cvat(area("một")).replace("</annotations>", track + "</annotations>")
    write(source / "a.xml", whole)
    found = run(source)
    assert found.texts == ["một"]
    assert [each.reason for each in found.done.damages] == ["a track of a video: export for images"]
    write(source / "a.xml", whole[: whole.index("<track") + 20])
    found = run(source, "cut")
    assert found.texts == ["một"] and found.done.damages[0].place == "a.xml:6"


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (f"{FLAT},một, hai, ba", "một, hai, ba"),
        (f"{FLAT},###1 kg", "###1 kg"),
        (f"\ufeff{FLAT},BOM", "BOM"),
        (f"{FLAT},CRLF\r", "CRLF"),
        ('260, 40, 877, 92, "nói \\"A\\", B"', 'nói "A", B'),
    ],
)
def test_icdar(row: str, text: str, tmp_path: Path, run: Run) -> None:
    source = page(tmp_path / "in")
    write(source / "gt_p.txt", row + "\n")
    found = run(source)
    assert found.texts == [text] and found.boxes[0]["quad"] == QUAD


def test_icdar_words_escape_quotes(tmp_path: Path, run: Run) -> None:
    source = tmp_path / "in"
    source.mkdir()
    shutil.copyfile(CROPS[0], source / "word_1.jpg")
    write(source / "gt.txt", 'word_1.jpg, "a \\"b\\", c\\\\d"\n')
    assert run(source).texts == ['a "b", c\\d']


def test_total_text_over_several_rows_with_many_points(tmp_path: Path, run: Run) -> None:
    source = page(tmp_path / "in")
    record = (
        "x: [[260 500\n 877 877 500 260]], y: [[40 40\n 40 92 92 92]], ornt: [u'h'], "
        "transcriptions: [u'N\\u01b0\\u1edbc \"ta\"']\n"
    )
    skip = "x: [[1 9 9 1]], y: [[1 1 9 9]], ornt: [u'#'], transcriptions: [u'#']\n"
    run_code = "x: [[1 9 9 1]], y: [[1 1 9 9]], ornt: [u'h'], transcriptions: [print(1)]\n"
    write(source / "poly_gt_p.txt", record + skip + run_code)
    found = run(source)
    assert found.texts == ['Nước "ta"'] and np.allclose(found.boxes[0]["quad"], QUAD)
    assert found.reasons == {"marked illegible (###, #, *)": 1}
    assert [each.place for each in found.done.damages] == ["poly_gt_p.txt, record 3"]


def labelme(shapes: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"version": "5", "shapes": shapes, "imagePath": "..\\anh\\p.jpg", **more}


def test_labelme_rectangles_of_two_points_in_any_order(tmp_path: Path, run: Run) -> None:
    source = page(tmp_path / "in")
    turned = {"label": TITLE, "points": [[877, 92], [260, 40]], "shape_type": "rectangle"}
    circle = {"label": "x", "points": [[9, 9], [12, 12]], "shape_type": "circle"}
    write(source / "p.json", labelme([turned, circle]))
    found = run(source)
    assert found.texts == [TITLE] and found.boxes[0]["quad"] == QUAD
    assert found.reasons == {"a circle, which is no box": 1}


def test_labelme_may_hold_the_picture(tmp_path: Path, run: Run) -> None:
    source = tmp_path / "in"
    shapes = [{"label": TITLE, "points": QUAD, "shape_type": "polygon"}]
    inside = base64.b64encode(PICTURE.read_bytes()).decode()
    write(source / "p.json", labelme(shapes, imageData=inside))
    write(source / "q.json", {**labelme(shapes, imageData="!"), "imagePath": "q.jpg"})
    found = run(source)
    assert found.texts == [TITLE]
    (reason,) = found.reasons
    assert reason == "its image cannot be read: the picture inside the JSON is damaged"


def test_coco_text_and_textocr(tmp_path: Path, run: Run) -> None:
    """One flat list of numbers; illegible lines lack a text, or have a dot."""
    source = page(tmp_path / "in")
    flat = [value for point in QUAD for value in point]
    content = {
        "imgs": {"5": {"id": 5, "file_name": "p.jpg", "width": 1200, "height": 900, "set": "val"}},
        "anns": {
            "1": {"id": 1, "image_id": 5, "points": flat, "utf8_string": TITLE},
            "2": {"id": 2, "image_id": 5, "points": flat, "utf8_string": "."},
            "3": {"id": 3, "image_id": 5, "mask": flat},
            "4": {"id": 4, "image_id": 9, "mask": flat, "utf8_string": "lạc"},
        },
    }
    write(source / "x.json", content)
    found = run(source)
    assert found.texts == [TITLE] and found.boxes[0]["quad"] == QUAD
    assert found.reasons == {"marked illegible (###, #, *)": 2}
    assert [each.place for each in found.done.damages] == ["x.json:image 9"]


def test_wildreceipt(tmp_path: Path, run: Run) -> None:
    source = page(tmp_path / "in", "image_files/a/p.jpeg")
    corners = [value for point in reversed(QUAD) for value in point][2:] + [260, 92][:0]
    corners = [260, 92, 877, 92, 877, 40, 260, 40]
    row = {
        "file_name": "image_files/a/p.jpeg",
        "height": 900,
        "width": 1200,
        "annotations": [{"box": corners, "text": TITLE, "label": 1}],
    }
    write(source / "train.txt", json.dumps(row) + "\n{broken\n")
    found = run(source)
    assert found.texts == [TITLE] and found.boxes[0]["quad"] == QUAD
    assert [each.place for each in found.done.damages] == ["train.txt:2"]


def test_mmocr_names_and_texts_by_a_space(tmp_path: Path, run: Run) -> None:
    source = tmp_path / "in"
    (source / "a b").mkdir(parents=True)
    shutil.copyfile(CROPS[0], source / "a b" / "c.jpg")
    write(source / "label.txt", "a b/c.jpg một hai\n")
    assert run(source).texts == ["một hai"]
