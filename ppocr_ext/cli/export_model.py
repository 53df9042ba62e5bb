"""Export a checkpoint for PaddleOCR 3.x and RapidOCR, verified against it line by line."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ppocr_ext.arguments import add_override
from ppocr_ext.outputs import check_folder
from ppocr_ext.runtime import prepare_cpu


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Writes inference.json, inference.pdiparams, inference.yml and inference.onnx. "
        "Without arguments: the newest trained model under output/, into <run>/inference.",
    )
    parser.add_argument("--model", help="run folder or checkpoint prefix (default: newest run)")
    parser.add_argument(
        "-c", "--config", help="config of a checkpoint that does not hold its own (stock PaddleOCR)"
    )
    add_override(parser, "override the config")
    parser.add_argument(
        "--output",
        type=Path,
        help="folder (default: Global.save_inference_dir, else <run>/inference)",
    )
    parser.add_argument("--model-name", help="PaddleOCR's name of the model (default: as trained)")
    parser.add_argument(
        "--lines", help="label file to verify and calibrate with (default: the evaluation set)"
    )
    parser.add_argument("--no-onnx", action="store_true", help="write Paddle's files alone")
    parser.add_argument(
        "--no-calibration", action="store_true", help="leave confidences as they were trained"
    )
    return parser.parse_args(argv)


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

    config = load_config(Path(options.config), options.override) if options.config else None
    found = find_model(options.model, option="--model")
    model = load_trained(found, config, warn=_warn)
    named = options.output or (model.config and model.config.Global.save_inference_dir)
    folder = Path(named or found.run.folder / INFERENCE)
    require_replaceable(folder)
    exported = export_model(
        model,
        folder,
        ExportOptions(
            model_name=options.model_name,
            label_file=Path(options.lines) if options.lines else None,
            onnx=not options.no_onnx,
            calibration=not options.no_calibration,
        ),
    )
    print(exported.describe())
    return 0


def _warn(text: str) -> None:
    print(f"warning: {text}", file=sys.stderr)
