"""The first lines of each set. If they change on purpose, raise RECIPE in synth/manifest.py:

a data set made by the old recipe is then not taken for one of the new.
"""

from __future__ import annotations

from ppocr_ext.synth.factory import LineFactory
from ppocr_ext.synth.manifest import RECIPE
from ppocr_ext.synth.presets import PRESETS

LINES = {
    "quick": [
        ("Võ Thị Sáu, Xã An", (35, 263)),
        ("Có giá trị đến:", (35, 227)),
        ("quân kỳ", (34, 114)),
        ("1,8%", (34, 66)),
        ("JHDO2HLLXM", (41, 175)),
        ("cửi nghìn tám", (36, 184)),
    ],
    "huge": [
        ("c) Đình chỉ điều tra đối với bị can, đình chỉ vụ án đối với bị can;", (42, 502)),
        ("CHỦ TÀI KHOẢN:", (30, 129)),
        ("lợi sư ni Bình Lãnh chỉ", (33, 203)),
        ("Ngành nghề châm biếm quí vật sọm sẹm", (26, 246)),
        ("h) Có tổ chức;", (28, 159)),
        ("ống, cách dùng: 2", (35, 157)),
    ],
}


def test_the_recipe_still_gives_the_same_lines() -> None:
    assert RECIPE == 6
    for name, expected in LINES.items():
        factory = LineFactory(PRESETS[name], "val", 0)
        found = [(text, image.shape[:2]) for image, text in map(factory.line, range(6))]
        assert found == expected, name
