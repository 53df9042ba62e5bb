"""Make base weights: lift an inference model into a trainable .pdparams, or fetch official ones.

Without options: PP-OCRv6 small, from the installed rapidocr wheel.

examples:
  python tools/base_weights.py
  python tools/base_weights.py --onto dicts/vi_dict.txt --output output/base_weights/vi
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ppocr_ext.cli.options import add_dict, add_output, make_parser, parsed
from ppocr_ext.outputs import check_file
from ppocr_ext.runtime import prepare_cpu

SUFFIXES = (".pdparams", ".dict.txt", ".json")  # of what is written
MODELS = ("PP-OCRv6_small_rec", "PP-OCRv6_medium_rec", "PP-OCRv4_mobile_rec", "PP-OCRv5_mobile_rec")
FORMER = {"--model": "--model-name"}


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = make_parser(__doc__)
    add = parser.add_argument
    add(
        "--model-name",
        choices=MODELS,
        default=MODELS[0],
        metavar="NAME",
        help=f"architecture: {', '.join(MODELS)}",
    )
    add(
        "--source",
        metavar="PATH",
        help="an .onnx file, a folder with inference.json/.pdmodel, or a .pdparams path or URL "
        "(default: the model in an installed wheel)",
    )
    add_dict(parser, "of the source", "the source's own")
    add("--no-space-char", action="store_true", help="the source has no class for the space")
    add(
        "--sha256",
        metavar="SUM",
        help="checksum that the source must have; a URL needs one (default: not checked)",
    )
    add(
        "--onto",
        type=Path,
        metavar="FILE",
        help="dictionary onto which the head is transplanted (default: the source's)",
    )
    add_output(
        parser, "prefix of the files written (default: output/base_weights/<name of the model>)"
    )
    add("--force", action="store_true", help="make them again even if they exist")
    return parsed(parser, argv, FORMER)


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    prefix = options.output or Path("output/base_weights", options.model_name)
    suffix = next((each for each in SUFFIXES if prefix.name.endswith(each)), "")
    prefix = prefix.with_name(prefix.name.removesuffix(suffix))  # one of the files is named
    read = [Path(each) for each in (options.source, options.dict, options.onto) if each]
    made = [prefix.with_name(prefix.name + suffix) for suffix in SUFFIXES]
    if options.force or not all(path.is_file() for path in made):
        check_file("--output", prefix, read, beside=made, example=options.model_name)
    prepare_cpu()
    from ppocr_ext.models.base import BaseWeightsJob, make_base_weights

    job = BaseWeightsJob(
        model=options.model_name,
        prefix=prefix,
        source=options.source,
        dictionary=options.dict,
        use_space_char=not options.no_space_char,
        sha256=options.sha256,
        onto=options.onto,
    )
    make_base_weights(job, force=options.force)
    return 0
