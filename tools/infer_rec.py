"""Read line images into predicts_rec.txt with a trained recogniser."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ppocr_ext.errors import run_cli
from ppocr_ext.runtime import prepare_cpu

EXIT_UNREADABLE = 3


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Without arguments: the newest trained model under output/ reads the images that "
        "its config names (Global.infer_img) into Global.save_res_path.",
    )
    parser.add_argument("--model", help="run folder or checkpoint prefix (default: newest run)")
    parser.add_argument("--images", help="folder, label file, list of paths, or one image")
    parser.add_argument("--output", help="predictions file: path<TAB>text<TAB>confidence")
    parser.add_argument("--batch-size", type=int, default=16, help="lines read together")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    prepare_cpu()
    from ppocr_ext.infer.predict import predict
    from ppocr_ext.infer.recognizer import Recognizer, newest_run

    recognizer = Recognizer(options.model or newest_run(), options.batch_size)
    settings = recognizer.config.Global
    output = Path(options.output or settings.save_res_path)
    summary = predict(recognizer, options.images or settings.infer_img or "", output)
    rate = summary.lines / max(summary.seconds, 1e-9)
    print(f"read {summary.lines} lines with {recognizer.checkpoint.name}, {rate:.1f} lines/s")
    print(f"wrote {output}")
    for name, reason in summary.failed:
        print(f"not read: {name}: {reason}", file=sys.stderr)
    return EXIT_UNREADABLE if summary.failed else 0


if __name__ == "__main__":
    sys.exit(run_cli(main))
