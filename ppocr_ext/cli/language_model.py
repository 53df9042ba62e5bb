"""Build a language model that helps infer_rec.py to choose between similar letters.

Its weights are tuned on labelled lines; where it does not lower the character error rate, nothing
is written. infer_rec.py uses it by default when it is beside the model.

examples:
  python tools/language_model.py
  python tools/language_model.py --labels output/data/quick/val.txt --lines 200
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ppocr_ext.cli.options import (
    add_labels,
    add_lines,
    add_model,
    add_output,
    make_parser,
    parsed,
    positive,
)
from ppocr_ext.outputs import check_file
from ppocr_ext.runtime import prepare_cpu

FORMER = {"--texts": "--drawn"}
# The lines to tune on were --images, and --labels what is --count today.
FORMER_LABELS = {"--images": "--labels", "--labels": "--count"}


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = make_parser(__doc__)
    add_model(parser)
    add_labels(
        parser,
        "to tune the weights on; the error rate of none of them may rise (default: "
        "Global.infer_img of "
        "the run)",
    )
    add_lines(parser, "of each of them that are read", default=1000)
    add_labels(
        parser,
        "whose texts are counted, too, five times each (default: what the run was trained on, "
        "unless make_data.py drew it)",
        "--count",
    )
    parser.add_argument(
        "--drawn", type=positive, default=240_000, metavar="N", help="drawn texts that are counted"
    )
    add_output(
        parser,
        "file (default: language_vi.json.gz beside the model; of a published one in "
        "output/<model>.language)",
    )
    words = sys.argv[1:] if argv is None else argv
    is_former = any(word.partition("=")[0] == "--images" for word in words)
    return parsed(parser, words, FORMER | FORMER_LABELS if is_former else FORMER)


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
        tune,
    )
    from ppocr_ext.infer.defaults import images_and_output
    from ppocr_ext.infer.language import FILE_NAME
    from ppocr_ext.infer.recognizer import Recognizer
    from ppocr_ext.infer.sources import open_labels
    from ppocr_ext.runs.model import find_model

    model = find_model(options.model, option="--model")
    print(model.describe())
    place = model.run.place(f"{model.run.name}.language") if model.run.is_published else model.home
    output = options.output or place / FILE_NAME
    sets = options.labels or [Path(images_and_output(model, None, output, "--labels")[0])]
    for images in sets:
        open_labels(images)
    labels = options.count or own_labels(model)
    check_file("--output", output, [*sets, *labels], example=output.name)
    own = own_texts(labels)
    language = count(draw_lines(options.drawn), own)
    table = tune(language, Recognizer(model, language_model=None), sets, options.lines)
    language.save(output)
    print(f"counted {options.drawn:,} drawn texts and {len(own):,} of your own")
    print(describe(table, language, output))
    return 0
