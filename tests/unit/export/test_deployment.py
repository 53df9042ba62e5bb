"""The exported folder in the real paddleocr 3.x and rapidocr packages."""

from __future__ import annotations

import importlib.util
import os
import re
from pathlib import Path

import cv2
import numpy as np
import paper
import pytest
import yaml

from ppocr_ext.export.engines import open_engine
from ppocr_ext.export.settings import ModelSettings
from ppocr_ext.runtime import REPOSITORY
from ppocr_ext.text.codec import CTCCodec

os.environ["PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK"] = "True"  # no look at the network

MODEL = "PP-OCRv6_small_rec"


@pytest.fixture(scope="module")
def lines(line_set: Path) -> list[np.ndarray]:
    """The drawn lines 360 x 48 pixels and wider: PaddleX and RapidOCR pad narrower ones to 320."""
    paths = sorted(line_set.parent.glob("*.png"))
    images = [cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR) for path in paths]
    return [image for image in images if image.shape[1] >= 320][:3]


@pytest.fixture(scope="module")
def readings(model_folder: Path, lines: list[np.ndarray]) -> list[tuple[str, float]]:
    """What our own engine reads, each line alone and unpadded as in those packages."""
    codec = CTCCodec(ModelSettings.read(model_folder).charset)
    engine = open_engine(model_folder)
    batches = [line.transpose(2, 0, 1)[None].astype(np.float32) / 127.5 - 1.0 for line in lines]
    return [codec.decode_batch(engine(batch))[0] for batch in batches]


@pytest.mark.parametrize("engine", ["paddle_static", "onnxruntime"])
def test_paddleocr_text_recognition(
    model_folder: Path, lines: list, readings: list, engine: str
) -> None:
    from paddleocr import TextRecognition

    model = TextRecognition(model_name=MODEL, model_dir=str(model_folder), engine=engine)
    results = list(model.predict(lines, batch_size=1))
    assert [result["rec_text"] for result in results] == [text for text, _ in readings]
    scores = [result["rec_score"] for result in results]
    np.testing.assert_allclose(scores, [score for _, score in readings], atol=1e-3)


def test_paddleocr_pipeline_on_a_page(
    model_folder: Path, lines: list, readings: list, tmp_path: Path
) -> None:
    from paddleocr import PaddleOCR

    width = max(line.shape[1] for line in lines) + 80
    page = np.full((100 + 120 * len(lines), width, 3), 255, np.uint8)
    for number, line in enumerate(lines):
        top = 60 + 120 * number
        page[top : top + 48, 40 : 40 + line.shape[1]] = line
    ocr = PaddleOCR(
        text_recognition_model_name=MODEL,
        text_recognition_model_dir=str(model_folder),
        text_detection_model_name="PP-OCRv6_small_det",
        text_detection_model_dir=str(_detector(tmp_path)),
        use_doc_orientation_classify=False,
        use_doc_unwarping=False,
        use_textline_orientation=False,
        engine="onnxruntime",
    )
    (result,) = ocr.predict(page)
    squeezed = [text.replace(" ", "") for text in result["rec_texts"]]
    assert squeezed == [text.replace(" ", "") for text, _ in readings]


def _detector(folder: Path) -> Path:
    """The detection model that the rapidocr wheel ships, as a PaddleX model folder."""
    wheel = Path(importlib.util.find_spec("rapidocr").submodule_search_locations[0])
    model = wheel / "models" / "PP-OCRv6_det_small.onnx"
    (folder / "inference.onnx").write_bytes(model.read_bytes())
    settings = {
        "Global": {"model_name": "PP-OCRv6_small_det"},
        "PreProcess": {
            "transform_ops": [
                {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}},
                {"DetResizeForTest": {"resize_long": 960}},
                {"NormalizeImage": {"order": "hwc", "scale": 1 / 255}},
                {"ToCHWImage": None},
            ]
        },
        "PostProcess": {"name": "DBPostProcess", "thresh": 0.3, "box_thresh": 0.5},
    }
    (folder / "inference.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return folder


def test_rapidocr(model_folder: Path, lines: list, readings: list) -> None:
    from rapidocr import RapidOCR

    options = {
        "Rec.model_path": str(model_folder / "inference.onnx"),
        "Global.log_level": "error",
        "Global.text_score": 0.0,
    }
    engine = RapidOCR(params=options)
    results = [engine(line, use_det=False, use_cls=False, use_rec=True) for line in lines]
    assert [result.txts[0] for result in results] == [text for text, _ in readings]
    scores = [result.scores[0] for result in results]
    np.testing.assert_allclose(scores, [score for _, score in readings], atol=1e-3)


def test_the_recipes_of_other_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """RapidOCR's is run word for word; OCRmyPDF's command: tests/unit/pages/test_searchable.py."""
    guide = (REPOSITORY / "tools" / "README.md").read_text(encoding="utf-8")
    part = guide.partition("\n## In other programs\n")[2].partition("\n## ")[0]
    recipes = re.findall(r"```(?:python|bash)\n(.*?)```", part, re.DOTALL)
    assert len(recipes) == 4 and max(recipe.count("\n") for recipe in recipes) <= 15
    assert len(re.findall(r"not run\s+here", part)) == 3
    cv2.imwrite(str(tmp_path / "page.png"), paper.page(size=(1100, 500)))
    (recipe,) = (each for each in recipes if "from rapidocr import" in each)
    for name, path in (
        ("page.png", tmp_path / "page.png"),
        ("output/vi", REPOSITORY / "output" / "vi"),
        ("dicts/", f"{REPOSITORY / 'dicts'}/"),
    ):
        assert name in recipe
        recipe = recipe.replace(name, Path(path).as_posix() + "/" * str(path).endswith("/"))
    capsys.readouterr()
    exec(compile(recipe, "README.md", "exec"), {})
    assert capsys.readouterr().out.splitlines()[-len(paper.LETTER) :] == list(paper.LETTER)
