"""An attention decoder in a model folder: its loop runs in Paddle's engine, and reads as CTC."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import paddle
import pytest

from ppocr_ext.checksums import sha256_of
from ppocr_ext.errors import UserError
from ppocr_ext.export.engines import open_engine
from ppocr_ext.export.export import ExportOptions, export_model
from ppocr_ext.export.trained import Reader, TrainedModel
from ppocr_ext.infer.recognizer import Recognizer
from ppocr_ext.models.build import build_network
from ppocr_ext.models.nrtr import END, SHIFT
from ppocr_ext.runtime import REPOSITORY
from ppocr_ext.text.charset import Charset
from ppocr_ext.text.codec import CTCCodec

CHARSET = Charset.load(REPOSITORY / "dicts" / "vi_dict.txt")
LONGEST = 12
ARCHITECTURE = {
    "Backbone": {"name": "PPLCNetV4", "model_size": "tiny"},
    "Head": {
        "name": "NRTRHead",
        "Neck": {"name": "lightsvtr", "dims": 16, "depth": 1},
        **{"nrtr_dim": 32, "num_heads": 4, "max_text_length": LONGEST},
    },
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    """Random weights, as sure as trained ones are; where they would write Ä, the line ends."""
    paddle.seed(6)
    network = build_network(ARCHITECTURE, CHARSET.num_classes)
    decoder = network.head.gtc_head
    for layer in (decoder.decoder[-1].norm3, network.head.before_gtc[0].fc):
        layer.weight.set_value(layer.weight * 3.0)
    classes = decoder.tgt_word_prj.weight.numpy()
    classes[:, END] = classes[:, SHIFT + CHARSET.index("Ä")] * 1.01
    decoder.tgt_word_prj.weight.set_value(classes)
    network.eval()
    weights = tmp_path_factory.mktemp("run") / "latest.pdparams"
    paddle.save(network.state_dict(), str(weights))
    digest = sha256_of(weights)
    return TrainedModel(
        network, CHARSET, "PP-OCRv6_tiny_rec", weights, 0, None, weights_sha256=digest
    )


@pytest.fixture(scope="module")
def folder(trained: TrainedModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("Bộ giải mã") / "inference"
    found = export_model(trained, path, ExportOptions())
    assert found.comparisons["paddle"].same_texts == found.comparisons["paddle"].lines > 0
    assert "without inference.onnx" in found.describe()
    return path


def images(count: int, width: int) -> np.ndarray:
    noise = np.random.default_rng(count).uniform(-1, 1, (count, 3, 6, width // 8))
    return noise.repeat(8, axis=2).repeat(8, axis=3).astype(np.float32)


def expected(trained: TrainedModel, batch: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    reader = Reader(trained.network, temperature)
    reader.eval()
    with paddle.no_grad():
        return reader(paddle.to_tensor(batch)).numpy()


def test_the_engine_reads_lines_of_any_width_as_the_network_does(
    trained: TrainedModel, folder: Path
) -> None:
    engine, codec, steps, texts = open_engine(folder, "auto"), CTCCodec(CHARSET), set(), set()
    for count, width in ((8, 64), (1, 320), (3, 960)):  # 960: more columns than it has places for
        found, wanted = engine(images(count, width)), expected(trained, images(count, width))
        np.testing.assert_allclose(found, wanted, atol=1e-4)
        texts |= {text for text, _ in codec.decode_batch(found)}
        steps.add(found.shape[1])
    assert len(texts) > 3
    assert max(steps) <= 2 * (LONGEST + 1)


def test_a_line_reads_the_same_beside_longer_ones(trained: TrainedModel) -> None:
    codec, batch = CTCCodec(CHARSET), images(8, 64)
    together = codec.decode_batch(expected(trained, batch))
    alone = [codec.decode_batch(expected(trained, line[None]))[0] for line in batch]
    assert [text for text, _ in together] == [text for text, _ in alone]
    assert len({len(text) for text, _ in alone}) > 1
    confidences = [confidence for _, confidence in alone]
    assert [confidence for _, confidence in together] == pytest.approx(confidences, abs=1e-5)


def test_a_temperature_changes_confidences_alone(trained: TrainedModel) -> None:
    codec = CTCCodec(CHARSET)
    sure, unsure = (codec.decode_batch(expected(trained, images(8, 64), t)) for t in (1.0, 3.0))
    assert [text for text, _ in sure] == [text for text, _ in unsure]
    assert all(a > b for (_, a), (_, b) in zip(sure, unsure, strict=True) if a)


def test_a_recognizer_takes_paddle_and_no_other_engine(folder: Path, line_set: Path) -> None:
    paths = sorted(line_set.parent.glob("*.png"))
    recognizers = [Recognizer(folder, name, threads=2) for name in ("auto", "float32", "paddle")]
    first, *others = ([r.text for r in each.read(paths)] for each in recognizers)
    assert others == [first, first]
    assert len({recognizer.fingerprint for recognizer in recognizers}) == 1
    assert not recognizers[0].reread
    for name in ("onnxruntime", "openvino"):
        with pytest.raises(UserError) as caught:
            Recognizer(folder, name)
        assert caught.value.found.startswith(f"engine {name} does not run the attention decoder")
        assert caught.value.expected.startswith("paddle")


def test_paddleocr_reads_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK", "True")
    from paddleocr import TextRecognition

    pixels = [
        ((images(1, w)[0].transpose(1, 2, 0) + 1) * 127.5).astype(np.uint8) for w in (320, 640)
    ]
    engine, codec = open_engine(folder, "paddle"), CTCCodec(CHARSET)
    lines = [line.transpose(2, 0, 1)[None].astype(np.float32) / 127.5 - 1.0 for line in pixels]
    expected = [codec.decode_batch(engine(line))[0][0] for line in lines]
    model = TextRecognition(
        model_name="PP-OCRv6_tiny_rec", model_dir=str(folder), engine="paddle_static"
    )
    assert [found["rec_text"] for found in model.predict(pixels, batch_size=1)] == expected


def test_a_damaged_one_is_noticed(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "inference"
    shutil.copytree(folder, copy)
    with open(copy / "inference.pdiparams", "ab") as stream:
        stream.write(b"\0")
    with pytest.raises(UserError, match=r"inference\.pdiparams"):
        open_engine(copy, "auto")
