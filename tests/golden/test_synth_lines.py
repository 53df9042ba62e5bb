"""The first lines of each set. If they change on purpose, raise RECIPE in synth/manifest.py:

a data set made by the old recipe is then not taken for one of the new.
"""

from __future__ import annotations

from ppocr_ext.synth.factory import LineFactory
from ppocr_ext.synth.manifest import RECIPE
from ppocr_ext.synth.presets import PRESETS

LINES = {
    "quick": [
        ("0841997676", (34, 138)),
        ("Có giá trị đến:", (35, 227)),
        ("Lê Thị Nhài", (34, 155)),
        ("1,8%", (34, 66)),
        ("JHDO2HLLXM", (41, 175)),
        ("cửi nghìn tám", (36, 184)),
    ],
    "huge": [
        ("c) Đình chỉ điều tra đối với bị can, đình chỉ vụ án đối với bị can;", (42, 502)),
        ("CHỦ TÀI KHOẢN:", (30, 129)),
        ("ĐC: 179D Đội", (26, 140)),
        ("Ngành nghề châm biếm quí vật sọm sẹm", (26, 246)),
        ("h) Có tổ chức;", (28, 159)),
        ("đ) Tịch thu tài sản;", (21, 99)),
    ],
}


def test_the_recipe_still_gives_the_same_lines() -> None:
    assert RECIPE == 5
    for name, expected in LINES.items():
        factory = LineFactory(PRESETS[name], "val", 0)
        found = [(text, image.shape[:2]) for image, text in map(factory.line, range(6))]
        assert found == expected, name
