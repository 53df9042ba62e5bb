"""The first lines of each set. If they change on purpose, raise RECIPE in synth/manifest.py:

a data set made by the old recipe is then not taken for one of the new.
"""

from __future__ import annotations

from ppocr_ext.synth.factory import LineFactory
from ppocr_ext.synth.manifest import RECIPE
from ppocr_ext.synth.presets import PRESETS

LINES = {
    "quick": [
        ("nghìn bảy", (32, 90)),
        ("Có giá trị đến:", (40, 234)),
        ("Đường Yết Kiêu, Xã", (42, 341)),
        ("1,8%", (34, 75)),
        ("JHDO2HLLXM", (41, 179)),
        ("HAI MƯƠI BẢY PẬP", (33, 200)),
    ],
    "huge": [
        (
            "hình sự và áp HUỒM một trong các biện pháp quy địn"
            "h tại Mục 2 hoặc việc áp dụng biện pháp giáo dục tại",
            (29, 890),
        ),
        ("Mười một triệu bảy", (24, 190)),
        ("lợi sư ni Bình Lãnh chỉ", (24, 206)),
        ("Ngành nghề châm biếm quí vật sọm sẹm", (26, 242)),
        ("h) Có tổ chức;", (35, 160)),
        ("đ) Tịch thu tài sản;", (34, 200)),
    ],
}


def test_the_recipe_still_gives_the_same_lines() -> None:
    assert RECIPE == 2
    for name, expected in LINES.items():
        factory = LineFactory(PRESETS[name], "val", 0)
        found = [(text, image.shape[:2]) for image, text in map(factory.line, range(6))]
        assert found == expected, name
