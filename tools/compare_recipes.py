"""Train recipes one after another and compare them: python tools/compare_recipes.py"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ppocr_ext.errors import UserError, run_cli
from ppocr_ext.runtime import REPOSITORY, prepare_cpu

RECIPES = REPOSITORY / "configs" / "recipes"
COMPARED = (
    *("baseline", "focal", "structure", "marginal_structure", "nrtr_guidance", "entropy"),
    *("ema", "sequence_loss", "random_head"),
)


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="A run that was finished before is not trained again; one that was interrupted "
        "goes on. Remove its folder to start it anew.",
    )
    add = parser.add_argument
    add(
        "recipes",
        nargs="*",
        type=Path,
        default=[RECIPES / f"{name}.yml" for name in COMPARED],
        help="configs, the first is what the others are compared with (default: configs/recipes)",
    )
    add(
        "--gt",
        type=Path,
        default=REPOSITORY / "output" / "data" / "quick" / "val.txt",
        help="label file to compare on",
    )
    add("--output", type=Path, default=Path("output/recipes/comparison.md"), help="page to write")
    add(
        "-o",
        "--override",
        nargs="+",
        action="extend",
        default=[],
        metavar="KEY=VALUE",
        help="replace values of every config, e.g. -o Global.seed=1",
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    for path in [*options.recipes, options.gt]:
        if not path.is_file():
            raise UserError(f"{path} does not exist", "configs, and a label file as --gt")
    prepare_cpu()
    from ppocr_ext.files import write_text
    from ppocr_ext.sweep.recipes import run_trial, table, train_with_tool

    trials = []
    for recipe in options.recipes:
        print(f"== {recipe.stem}", flush=True)
        trials.append(run_trial(recipe, options.gt, options.override, train_with_tool, _read))
        page = table(trials, options.gt)  # after each, so that nothing is lost on the way
        write_text(options.output, page)
    print(page + f"wrote {options.output}")
    return 0


def _read(run: Path, labels: Path, output: Path) -> None:
    """With the newest weights, for the best on the validation lines would flatter a recipe; with
    their average where there is one, which is saved when it is best only."""
    from ppocr_ext.infer.predict import PredictOptions, predict
    from ppocr_ext.infer.recognizer import Recognizer
    from ppocr_ext.infer.shards import Shard
    from ppocr_ext.infer.sources import open_source

    has_average = (run / "best_ema.pdparams").is_file()
    recognizer = Recognizer(run / ("best_ema" if has_average else "latest"))
    predict(recognizer, open_source(str(labels)), output, PredictOptions(), Shard.of_this_process())


if __name__ == "__main__":
    sys.exit(run_cli(main))
