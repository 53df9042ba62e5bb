"""What ``tools/eval.py`` does with a model: read every line, then score it in every way."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from timing import arguments, best_of

from ppocr_ext.files import write_text
from ppocr_ext.infer import Recognizer
from ppocr_ext.infer.predict import PredictOptions, predict
from ppocr_ext.infer.sources import open_source
from ppocr_ext.scores.evaluation import evaluate
from ppocr_ext.scores.pairs import read_pairs

lines, model = arguments()
recognizer = Recognizer(model, engine="onnxruntime")


def read(labelled: list[str]) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        labels, predictions = Path(folder) / "labels.txt", Path(folder) / "predictions.txt"
        write_text(labels, "".join(f"{line}\n" for line in labelled))
        predict(recognizer, open_source(str(labels)), predictions, PredictOptions())
        return [str(evaluate(read_pairs(predictions, labels)).scores)]


best_of({"tools/eval.py": read}, lines)
