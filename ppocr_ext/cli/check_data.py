"""Check label files and their images before training.

Prints a table and writes it with histograms to output/data_check. Exit code: 0 fit for training,
1 with warnings, 2 with errors. --fix repairs what is certain in train.fixed.txt beside train.txt
and lists every other line with its reason in train.left_out.txt. Its exit code: 0 all lines kept,
1 some left out, 2 nothing written.

examples:
  python tools/check_data.py
  python tools/check_data.py --labels output/data/quick/train.txt --look sizes
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ppocr_ext.cli.options import (
    add_config,
    add_dict,
    add_labels,
    add_output,
    add_override,
    make_parser,
    parsed,
)
from ppocr_ext.errors import EXIT_BAD_INPUT, UserError
from ppocr_ext.outputs import check_beside, check_folder, remember
from ppocr_ext.runtime import prepare_cpu, resource

FILES = ("report.txt", "histograms.png")
QUICK = resource("configs", "rec_quick.yml")
FORMER = {"--images": "--look", "--val": "--val-labels"}
LOOKS = ("pixels", "sizes", "nothing")
FORMER_LOOKS = {"decode": "pixels", "header": "sizes", "none": "nothing"}

if TYPE_CHECKING:
    import numpy as np

    from ppocr_ext.config import Config
    from ppocr_ext.config.schema.data import Eval, Train
    from ppocr_ext.data.check.run import LabelSet
    from ppocr_ext.infer import Recognizer


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = make_parser(__doc__)
    add_labels(parser, "training (default: those of the config)")
    # Where they were named in earlier versions.
    parser.add_argument("files", nargs="*", type=Path, help=argparse.SUPPRESS)
    add_labels(parser, "validation (default: those of the config)", "--val-labels")
    parser.add_argument(
        "--data-dir",
        type=Path,
        metavar="FOLDER",
        help="where the images' paths start (default: the folder of the label file)",
    )
    add_config(
        parser,
        "YAML whose sets, dictionary and limits count (default: configs/rec_quick.yml, whose lines "
        "tools/make_data.py makes)",
        default=QUICK,
    )
    add_override(parser, "the config", "Global.max_text_length=80")
    add_dict(parser, "that the labels are written in", "the config's")
    parser.add_argument(
        "--look",
        type=lambda text: FORMER_LOOKS.get(text, text),
        choices=LOOKS,
        default=LOOKS[0],
        help="at every pixel, at existence and size, or at no image",
    )
    add_output(parser, "folder of report and histograms", default=Path("output/data_check"))
    parser.add_argument(
        "--fix", action="store_true", help="write corrected copies instead of a report"
    )
    options = parsed(parser, arguments, FORMER)
    options.labels = [*options.files, *options.labels]
    del options.files
    return options


def label_sets(options: argparse.Namespace, config: Config) -> list[LabelSet]:
    """The files given, else those of the config; not databases, nor what is drawn."""
    from ppocr_ext.data.check.run import LabelSet

    if options.labels or options.val_labels:
        return [
            LabelSet(name, [path], options.data_dir or path.parent)
            for name, files in (("train", options.labels), ("val", options.val_labels))
            for path in files
        ]

    def of(name: str, section: Train | Eval) -> LabelSet:
        data = section.dataset
        files = [Path(path) for path in data.label_file_list]
        folder = options.data_dir or Path(data.data_dir)
        return LabelSet(name, files, folder, data.delimiter, data.make)

    sets = [of("train", config.Train), of("val", config.Eval)]
    sets += [of(name, config.Eval.of_set(name)) for name in config.Eval.sets]
    if not any(each.files for each in sets):
        raise UserError(
            f"{options.config} names no label file: there is nothing to check",
            "label_file_list in the config, or label files with --labels",
        )
    return [each for each in sets if each.files]


def fix(sets: list[LabelSet]) -> int:
    """Correct every file that can be; 0: all lines kept, 1: some left out, 2: a file not fixed."""
    from ppocr_ext.data.check.fix import fix_labels, written_beside
    from ppocr_ext.data.labels import fix_command

    files = {path: each.data_dir for each in sets for path in each.files}
    for path, folder in files.items():
        for copy in written_beside(path):
            if any(copy.absolute() == other.absolute() for other in files):
                raise UserError(
                    f"--fix would write {copy}, which is also one of its inputs",
                    "label files, none of them the output of another",
                    fix_command([path], folder),
                )
    check_beside(copy for path in files for copy in written_beside(path))
    code = 0
    for label_set in sets:
        for path in label_set.files:
            try:
                fixed = fix_labels(path, label_set.data_dir, label_set.delimiter)
            except UserError as error:
                print(f"error: {error}", file=sys.stderr)
                code = EXIT_BAD_INPUT
                continue
            remember(each for each in (fixed.path, fixed.listed) if each.exists())
            print(fixed.describe(path, label_set.data_dir))
            code = max(code, 1 if fixed.left_out.counts else 0)
    return code


def reader() -> Callable[[Sequence[np.ndarray]], list[str]]:
    """Reads with the published model, which is loaded when a line looks as if it were turned."""

    @cache
    def recognizer() -> Recognizer | None:
        from ppocr_ext.infer import Recognizer

        try:
            return Recognizer(language_model=None)
        except UserError as error:
            print(f"warning: rotated lines cannot be detected: {error}", file=sys.stderr)
            return None

    def read(images: Sequence[np.ndarray]) -> list[str]:
        reads = recognizer()
        return [""] * len(images) if reads is None else [each.text for each in reads.read(images)]

    return read


def main() -> int:
    options = parse()
    prepare_cpu()
    from ppocr_ext.config import load_config
    from ppocr_ext.data.check.report import format_result, plot_result
    from ppocr_ext.data.check.run import check
    from ppocr_ext.files import write_text
    from ppocr_ext.show.progress import progress
    from ppocr_ext.text.charset import Charset

    check_folder("--output", None if options.fix else options.output, FILES)
    config = load_config(options.config, options.override)
    sets = label_sets(options, config)
    if options.fix:
        return fix(sets)
    settings = config.Global
    named = bool(options.labels or options.val_labels) and options.config == QUICK
    home = resource() if named else Path()  # files are checked in any folder
    dictionary = options.dict or home / settings.character_dict_path
    read = [path for each in sets for path in each.files]
    check_folder("--output", options.output, FILES, [*read, options.config, dictionary])
    check_beside(options.output / name for name in FILES)
    charset = Charset.load(dictionary, settings.use_space_char)
    result = check(
        sets,
        charset,
        look=options.look,
        max_text_length=settings.max_text_length,
        max_width=config.Train.sampler.max_width,
        read=reader(),
        progress=progress,
    )
    text = format_result(result, charset)
    print(text, end="")
    if not result.lines:
        return EXIT_BAD_INPUT
    report, picture = (options.output / name for name in FILES)
    write_text(report, text)
    if not result.usable:
        remember([report])
        print(f"wrote {report}")
        return EXIT_BAD_INPUT
    plot_result(result, picture)
    remember((report, picture))
    print(f"wrote {report}, {picture}")
    return int(result.findings.severity)
