"""Export a checkpoint for PaddleOCR 3.x and RapidOCR, verified against it line by line.

Writes inference.json, inference.pdiparams, inference.yml and inference.onnx.

examples:
  python tools/export_model.py
  python tools/export_model.py --model output/rec_quick/latest --output output/exported
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ppocr_ext.cli.options import (
    add_config,
    add_labels,
    add_model,
    add_output,
    add_override,
    make_parser,
    parsed,
)
from ppocr_ext.outputs import check_folder
from ppocr_ext.runtime import prepare_cpu

FORMER = {"--lines": "--labels"}


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = make_parser(__doc__)
    add = parser.add_argument
    add_model(parser, reads=False)
    add_config(
        parser,
        "YAML of a checkpoint that does not hold its own: stock PaddleOCR's (default: its own)",
    )
    add_override(parser, "the config", "Global.character_dict_path=my_dict.txt")
    add_output(
        parser,
        "folder (default: Global.save_inference_dir, else <run>/inference; of a published model "
        "output/<model>.export/inference)",
    )
    add("--model-name", metavar="NAME", help="PaddleOCR's name of the model (default: as trained)")
    add_labels(parser, "to verify and calibrate with (default: the evaluation set)", several=False)
    add("--no-onnx", action="store_true", help="write only Paddle's files")
    add("--no-calibration", action="store_true", help="do not calibrate confidences")
    return parsed(parser, argv, FORMER)


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    check_folder("--output", options.output)
    prepare_cpu()
    from ppocr_ext.config import load_config
    from ppocr_ext.export.export import ExportOptions, export_model
    from ppocr_ext.export.publish import require_replaceable
    from ppocr_ext.export.trained import load_trained
    from ppocr_ext.runs.model import find_model
    from ppocr_ext.runs.run import INFERENCE

    config = load_config(options.config, options.override) if options.config else None
    found = find_model(options.model, option="--model")
    print(found.describe())
    model = load_trained(found, config, warn=_warn)
    named = options.output or (model.config and model.config.Global.save_inference_dir)
    folder = Path(named or found.run.place(f"{found.run.name}.export") / INFERENCE)
    require_replaceable(folder)
    exported = export_model(
        model,
        folder,
        ExportOptions(
            model_name=options.model_name,
            labels=options.labels,
            onnx=not options.no_onnx,
            calibration=not options.no_calibration,
        ),
    )
    print(exported.describe())
    return 0


def _warn(text: str) -> None:
    print(f"warning: {text}", file=sys.stderr)
