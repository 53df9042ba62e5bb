"""The first lines of each set. If they change on purpose, raise RECIPE in synth/manifest.py:

a data set made by the old recipe is then not taken for one of the new.
"""

from __future__ import annotations

from ppocr_ext.synth.factory import LineFactory
from ppocr_ext.synth.manifest import RECIPE
from ppocr_ext.synth.presets import PRESETS

LINES = {
    "plain": [
        ("Võ Thị Sáu, Xã An", (35, 259)),
        ("Có giá trị đến:", (40, 237)),
        ("quân kỳ", (44, 123)),
        ("1,8%", (34, 72)),
        ("JHDO2HLLXM", (41, 179)),
        ("rượu nho", (41, 135)),
    ],
    "huge": [
        ("c) Đình chỉ điều tra đối với bị can, đình chỉ vụ án đối với bị can;", (34, 490)),
        ("CHỦ TÀI KHOẢN:", (30, 126)),
        ("lợi sư ni Bình Lãnh chỉ", (33, 210)),
        ("Ngành nghề châm biếm quí vật sọm sẹm", (30, 250)),
        ("h) Có tổ chức;", (28, 158)),
        ("ống, cách dùng: 2", (56, 260)),
    ],
    "test_no_marks": [  # whose floor in publishing/scores.py is of these lines
        ("9671.MI", (38, 60)),
        ("BARRISTER", (15, 82)),
        ("BUN DAU MAM 219PCSX4", (31, 136)),
        ("TIEN THOI LAI", (40, 107)),
        ("368CM1", (13, 32)),
        ("BARBER STREET", (10, 123)),
    ],
}


def test_the_recipe_still_gives_the_same_lines() -> None:
    assert RECIPE == 7
    for name, expected in LINES.items():
        split = "test" if name.startswith("test") else "val"
        factory = LineFactory(PRESETS[name], split, 0)
        found = [(text, image.shape[:2]) for image, text in map(factory.line, range(6))]
        assert found == expected, name
