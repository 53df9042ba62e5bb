"""Make base weights: lift an inference model into a trainable .pdparams, or fetch official ones."""

from __future__ import annotations

import argparse
from pathlib import Path

from ppocr_ext.outputs import check_file
from ppocr_ext.runtime import prepare_cpu

SUFFIXES = (".pdparams", ".dict.txt", ".json")  # of what is written
MODELS = ("PP-OCRv6_small_rec", "PP-OCRv6_medium_rec", "PP-OCRv4_mobile_rec", "PP-OCRv5_mobile_rec")


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Without arguments: PP-OCRv6 small, from the installed rapidocr wheel.",
    )
    parser.add_argument("--model", choices=MODELS, default=MODELS[0], help="architecture")
    parser.add_argument(
        "--source",
        help="an .onnx file, a folder with inference.json/.pdmodel, or a .pdparams path or URL "
        "(default: the model in an installed wheel)",
    )
    parser.add_argument("--dict", help="dictionary of the source, when the source does not tell it")
    parser.add_argument(
        "--no-space-char", action="store_true", help="the source has no space class"
    )
    parser.add_argument("--sha256", help="checksum that the source must have (needed for a URL)")
    parser.add_argument("--onto", help="transplant the head onto this dictionary as well")
    parser.add_argument(
        "--output",
        help="prefix of the files written (default: output/base_weights/<model>)",
    )
    parser.add_argument("--force", action="store_true", help="make them again even if they exist")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    prefix = Path(options.output or f"output/base_weights/{options.model}")
    read = [Path(each) for each in (options.source, options.dict, options.onto) if each]
    made = [prefix.with_name(prefix.name + suffix) for suffix in SUFFIXES]
    if options.force or not all(path.is_file() for path in made):
        check_file("--output", prefix, read, beside=made, example=options.model)
    prepare_cpu()
    from ppocr_ext.models.base import BaseWeightsJob, make_base_weights

    job = BaseWeightsJob(
        model=options.model,
        prefix=prefix,
        source=options.source,
        dictionary=Path(options.dict) if options.dict else None,
        use_space_char=not options.no_space_char,
        sha256=options.sha256,
        onto=Path(options.onto) if options.onto else None,
    )
    make_base_weights(job, force=options.force)
    return 0
