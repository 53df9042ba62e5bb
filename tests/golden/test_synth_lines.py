"""The first lines of each set. If they change on purpose, raise RECIPE in synth/manifest.py:

a data set made by the old recipe is then not taken for one of the new.
"""

from __future__ import annotations

from ppocr_ext.synth.factory import LineFactory
from ppocr_ext.synth.manifest import RECIPE
from ppocr_ext.synth.presets import PRESETS

LINES = {
    "quick": [
        ("KHU VỰC HẠN CHẾ", (33, 210)),
        ("https://www.phuocphung.vn", (47, 370)),
        ("Đường Yết Kiêu, Xã", (34, 330)),
        ("Nghiêm Thị Vượng", (28, 161)),
        ("Mì xào giòn", (31, 164)),
        ("(R17)", (48, 65)),
    ],
    "huge": [
        ("c) Làm chết 03 người trở lên;", (22, 164)),
        ("cườm tẽn ngỏa thoạt", (13, 92)),
        ("Giảm giá : 22:15:37", (23, 84)),
        ("3. Người định giá tài sản có nghĩa vụ:", (34, 475)),
        ("23. Bánh quy bơ", (28, 197)),
        ("THUỸU PHÉP LÁI XE", (17, 141)),
    ],
}


def test_the_recipe_still_gives_the_same_lines() -> None:
    assert RECIPE == 1
    for name, expected in LINES.items():
        factory = LineFactory(PRESETS[name], "val", 0)
        found = [(text, image.shape[:2]) for image, text in map(factory.line, range(6))]
        assert found == expected, name
