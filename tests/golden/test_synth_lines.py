"""The first lines of each set. If they change on purpose, raise RECIPE in synth/manifest.py:

a data set made by the old recipe is then not taken for one of the new.
"""

from __future__ import annotations

from ppocr_ext.synth.factory import LineFactory
from ppocr_ext.synth.manifest import RECIPE
from ppocr_ext.synth.presets import PRESETS

LINES = {
    "quick": [
        ("nghìn bảy", (26, 84)),
        ("Có giá trị đến:", (35, 227)),
        ("Đường Yết Kiêu, Xã", (34, 336)),
        ("1,8%", (34, 66)),
        ("JHDO2HLLXM", (41, 175)),
        ("cửi nghìn tám", (36, 184)),
    ],
    "huge": [
        (
            "hình sự và áp HUỒM một trong các biện pháp quy địn"
            "h tại Mục 2 hoặc việc áp dụng biện pháp giáo dục tại",
            (29, 889),
        ),
        ("CHỦ TÀI KHOẢN:", (30, 129)),
        ("lợi sư ni Bình Lãnh chỉ", (33, 203)),
        ("Ngành nghề châm biếm quí vật sọm sẹm", (26, 246)),
        ("h) Có tổ chức;", (28, 159)),
        ("đ) Tịch thu tài sản;", (21, 99)),
    ],
}


def test_the_recipe_still_gives_the_same_lines() -> None:
    assert RECIPE == 3
    for name, expected in LINES.items():
        factory = LineFactory(PRESETS[name], "val", 0)
        found = [(text, image.shape[:2]) for image, text in map(factory.line, range(6))]
        assert found == expected, name
