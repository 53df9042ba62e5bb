"""Stock ``tools/program.py``'s ``eval``: PP-OCRv4 mobile, dygraph, the loader of its config."""

from __future__ import annotations

import importlib.util
import logging
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import paddle
from timing import arguments, best_of

from bench.stock_mobile import build
from ppocr_ext.files import write_text
from ppocr_ext.runtime import REPOSITORY
from ppocr_ext.upstream import ppocr_home, ppocr_module

GLOBAL = {
    "character_dict_path": str(REPOSITORY / "dicts" / "vi_dict.txt"),
    "use_space_char": True,
    "max_text_length": 200,
    "distributed": False,
}

lines, _ = arguments()
decode = ppocr_module("postprocess").build_post_process({"name": "CTCLabelDecode"}, GLOBAL)
metric = ppocr_module("metrics").build_metric({"name": "RecMetric", "main_indicator": "acc"})
model = build(len(decode.character))
found = importlib.util.spec_from_file_location("program", ppocr_home() / "tools" / "program.py")
program = importlib.util.module_from_spec(found)
found.loader.exec_module(program)


def read(labelled: list[str]) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        labels = Path(folder) / "labels.txt"
        write_text(labels, "".join(f"{line}\n" for line in labelled))
        dataset = {
            "name": "SimpleDataSet",
            "data_dir": "",
            "label_file_list": [str(labels)],
            "transforms": [
                {"DecodeImage": {"img_mode": "BGR", "channel_first": False}},
                {"CTCLabelEncode": None},
                {"RecResizeImg": {"image_shape": [3, 48, 320]}},
                {"KeepKeys": {"keep_keys": ["image", "label", "length"]}},
            ],
        }
        loader = {"shuffle": False, "drop_last": False, "num_workers": 4}
        loader["batch_size_per_card"] = 128
        config = {"Global": GLOBAL, "Eval": {"dataset": dataset, "loader": loader}}
        silent = logging.getLogger("stock")
        batches = ppocr_module("data").build_dataloader(config, "Eval", paddle.get_device(), silent)
        return [str(program.eval(model, batches, decode, metric))]


best_of({"batches of 128, squashed to 320 pixels": read}, lines)
