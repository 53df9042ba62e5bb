"""Make a synthetic Vietnamese data set: images, train.txt, val.txt, manifest.json.

Presets: quick and plain; huge (110,000 + 2,000 lines) and mega, what the published model was
trained on; scans, signs, thermal, and all kinds mixed (all); handwriting; the test parts
(test_clean, test_no_marks …).

Nothing is done when the set is complete; after Ctrl-C the same command continues. Several machines
share the work under python -m paddle.distributed.launch; the set is the same.

examples:
  python tools/make_data.py
  python tools/make_data.py --preset scans --sheet
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from ppocr_ext.cli.options import add_lines, add_output, make_parser, parsed, positive
from ppocr_ext.console import tool_command
from ppocr_ext.outputs import check_folder
from ppocr_ext.runtime import launched

FORMER = {"--train": "--train-lines", "--val": "--val-lines"}

if TYPE_CHECKING:
    from ppocr_ext.synth.presets import Preset


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = make_parser(__doc__)
    add = parser.add_argument
    add("--preset", default="quick", metavar="NAME", help="looks and texts, see above")
    add_output(parser, "folder (default: output/data/<preset>)")
    add("--seed", type=int, default=0, metavar="N", help="of every random choice")
    add("--workers", type=positive, metavar="N", help="processes (default: one per core)")
    add(
        "--texts",
        type=Path,
        metavar="FOLDER",
        help="your own .txt files, UTF-8 (default: the packaged corpora)",
    )
    add(
        "--fonts",
        type=Path,
        metavar="FOLDER",
        help="your own .ttf and .otf files (default: the packaged and the fetched ones)",
    )
    add_lines(parser, "of training (default: the preset's)", "--train-lines", type=int)
    add_lines(parser, "of validation (default: the preset's)", "--val-lines", type=int)
    add(
        "--fetch-fonts",
        action="store_true",
        help="only fetch more fonts into output/fonts, with pip, npm and apt-get",
    )
    add(
        "--complete-fonts",
        type=Path,
        metavar="FOLDER",
        help="only give your Latin fonts Vietnamese letters: copies in output/fonts/own "
        "(default: no copies)",
    )
    add("--sheet", action="store_true", help="only draw sheet.png of samples")
    return parsed(parser, arguments, FORMER)


def chosen_preset(options: argparse.Namespace) -> Preset:
    """The named preset, with the numbers of lines that were asked for instead of its own."""
    from ppocr_ext.synth.presets import load_preset

    given = {"train": options.train_lines, "val": options.val_lines}
    return load_preset(options.preset, {k: v for k, v in given.items() if v is not None})


def fetch_fonts() -> int:
    """Bring the fonts that no package of the requirements holds; say which could not be had."""
    from ppocr_ext.show.progress import progress
    from ppocr_ext.synth.catalogue import FETCHED, archives
    from ppocr_ext.synth.fetch import fetch
    from ppocr_ext.synth.fonts import compose_missing

    wanted = archives()
    with progress("fetching", unit="archives") as advance:
        failed = [each for each in fetch(wanted, progress=advance) if each.problem]
    for each in failed:
        print(f"not fetched: {each.problem}")
    print(f"{len(wanted) - len(failed)} of {len(wanted)} archives of fonts in {FETCHED}")
    return show_letters(compose_missing(), FETCHED / "letters.png")


def complete_fonts(folder: Path) -> int:
    """Compose the letters that a user's fonts lack, to be looked at before the fonts are used."""
    from ppocr_ext.synth.catalogue import FETCHED
    from ppocr_ext.synth.fonts import complete_folder

    target = FETCHED / "own"
    show_letters(complete_folder(folder, target), target / "letters.png")
    print(f"to draw lines with them: {tool_command('make_data.py', '--fonts', target)}")
    return 0


def show_letters(fonts: list[Path], sheet: Path) -> int:
    from ppocr_ext.synth.sheet import write_letters

    if fonts:
        write_letters(sheet, fonts)
    from ppocr_ext.show.formats import counted

    print(
        f"Vietnamese letters added to {counted(len(fonts), 'font')}"
        + (f", to look at: {sheet}" if fonts else "")
    )
    return 0


def say_what_is_missing(preset: Preset) -> None:
    """A set without the fetched fonts is still made, with fewer looks."""
    from ppocr_ext.synth.catalogue import archives, is_fetched
    from ppocr_ext.synth.styles import font_categories

    wanted = archives(font_categories(preset.styles))
    missing = [archive for archive in wanted if not is_fetched(archive)]
    if missing:
        print(
            f"{len(missing)} of {len(wanted)} archives of fonts for this preset are missing; "
            f"download them with: {tool_command('make_data.py', '--fetch-fonts')}"
        )


def main() -> int:
    options = parse()
    if options.fetch_fonts:
        return fetch_fonts()
    if options.complete_fonts:
        return complete_fonts(options.complete_fonts)
    from ppocr_ext.show.progress import progress
    from ppocr_ext.synth.dataset import SHEET, write_dataset
    from ppocr_ext.synth.sheet import write_sheet

    preset = chosen_preset(options)
    folder = options.output or Path("output", "data", options.preset)
    say_what_is_missing(preset)
    if options.sheet:
        sheet = folder / SHEET
        check_folder("--output", folder, [SHEET])
        write_sheet(sheet, preset, options.seed, options.texts, options.fonts)
        print(f"samples: {sheet}")
        return 0
    rank, world, local = launched()
    with progress("drawing") as advance:
        manifest = write_dataset(
            options.preset,
            preset,
            folder,
            seed=options.seed,
            workers=options.workers or max((os.cpu_count() or 1) // local, 1),
            texts=options.texts,
            fonts=options.fonts,
            progress=advance,
            rank=rank,
            world=world,
        )
    if manifest is None:
        print(f"process {rank + 1} of {world} is done; process 1 merges the parts")
        return 0
    counts = ", ".join(f"{held['lines']:,} {split}" for split, held in manifest["splits"].items())
    print(f"{counts} lines in {folder}")
    return 0
