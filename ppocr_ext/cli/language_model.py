"""Build a character model of Vietnamese; with it infer_rec.py decides between likely letters."""

from __future__ import annotations

import argparse
from pathlib import Path

from ppocr_ext.arguments import positive
from ppocr_ext.outputs import check_file
from ppocr_ext.runtime import prepare_cpu


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Its weights are tuned on labelled lines; where it does not lower the character "
        "error rate, nothing is written. Beside the model it is used without being named.",
    )
    parser.add_argument("--model", help="run folder or exported folder (default: newest run)")
    parser.add_argument(
        "--images",
        nargs="+",
        help="label files to tune the weights on, none of which may lose by the model (default: "
        "Global.infer_img of the run)",
    )
    parser.add_argument(
        "--lines", type=positive, default=1000, help="lines of each that are tuned on"
    )
    parser.add_argument(
        "--texts", type=positive, default=240_000, help="drawn texts that are counted"
    )
    parser.add_argument(
        "--labels",
        type=Path,
        nargs="+",
        help="label files whose texts are counted, too, five times each (default: what the run was "
        "trained on, unless make_data.py drew it)",
    )
    parser.add_argument("--output", type=Path, help="file (default: beside the model)")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    check_file("--output", options.output, example="language_vi.json.gz")
    prepare_cpu()
    from ppocr_ext.infer.build_language import (
        count,
        describe,
        draw_lines,
        own_labels,
        own_texts,
        require_labels,
        tune,
    )
    from ppocr_ext.infer.defaults import images_and_output
    from ppocr_ext.infer.language import FILE_NAME
    from ppocr_ext.infer.recognizer import Recognizer
    from ppocr_ext.runs.model import find_model

    model = find_model(options.model, option="--model")
    output = options.output or model.home / FILE_NAME
    sets = options.images or [images_and_output(model, None, output)[0]]
    for images in sets:
        require_labels(images)
    sets = [Path(images) for images in sets]
    labels = options.labels or own_labels(model)
    check_file("--output", output, [*sets, *labels], example=output.name)
    own = own_texts(labels)
    language = count(draw_lines(options.texts), own)
    table = tune(language, Recognizer(model, language_model=None), sets, options.lines)
    language.save(output)
    print(f"counted {options.texts:,} drawn texts and {len(own):,} of your own")
    print(describe(table, language, output))
    return 0
