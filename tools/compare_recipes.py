"""Train recipes for as long each, and compare them: python tools/compare_recipes.py"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ppocr_ext.arguments import add_override
from ppocr_ext.errors import UserError, run_cli
from ppocr_ext.outputs import check_file, check_folder
from ppocr_ext.runtime import REPOSITORY, prepare_cpu

PAGE = "comparison.md"
RECIPES = REPOSITORY / "configs" / "recipes"
DATA = REPOSITORY / "output" / "data"
COMPARED = (
    *("baseline", "focal", "structure", "marginal_structure", "nrtr_guidance", "label_smoothing"),
    *("ema", "sequence_loss", "random_head"),
)


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Start the same command again after it was stopped: a recipe that was finished is "
        "not trained again, one that was interrupted goes on.",
    )
    add = parser.add_argument
    add(
        "recipes",
        nargs="*",
        type=Path,
        default=[RECIPES / f"{name}.yml" for name in COMPARED],
        help=f"configs, the first is what the others are compared with ({', '.join(COMPARED)})",
    )
    budget = parser.add_mutually_exclusive_group()
    budget.add_argument(
        "--minutes",
        type=float,
        default=15.0,
        help="budget of a recipe: the steps that the first one takes in this time (15)",
    )
    budget.add_argument("--steps", type=int, help="budget of a recipe in steps")
    add(
        "--gt",
        type=Path,
        nargs="+",
        default=[DATA / "plain" / "val.txt", DATA / "test_degraded" / "test.txt"],
        help="label files to compare on (default: plain lines as trained on, and degraded ones)",
    )
    add("--output", type=Path, default=Path("output/recipes"), help="folder of runs and page")
    add("--log", type=Path, help="page whose marked part is replaced by the table as well")
    add_override(parser, "replace values of every config, e.g. -o Global.seed=1")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    read = [*options.recipes, *options.gt]
    check_folder("--output", options.output, [PAGE], read)
    check_file("--log", options.log, read, [options.output / PAGE])
    for path in [*options.recipes, *options.gt]:
        if not path.is_file():
            from ppocr_ext.synth.presets import how_to_make

            raise UserError(
                f"{path} does not exist",
                "configs, and label files as --gt",
                how_to_make(path.parent),
            )
    prepare_cpu()
    from ppocr_ext.files import write_text
    from ppocr_ext.sweep.recipe_table import around_table, page, write_into
    from ppocr_ext.sweep.recipes import Bench, run_trial, steps_in, train_with_tool

    if options.log:
        around_table(options.log)
    bench = Bench(options.output, options.gt, options.override, train_with_tool, _read)
    steps = options.steps or steps_in(bench, options.recipes[0], options.minutes)
    trials = []
    for recipe in options.recipes:
        print(f"== {recipe.stem}, {steps} steps", flush=True)
        trials.append(run_trial(bench, recipe, steps))
        text = page(trials, options.gt, steps)  # after each, so that nothing is lost on the way
        write_text(options.output / PAGE, f"# Recipes compared\n\n{text}")
        if options.log:
            write_into(options.log, text)
    print(f"{text}wrote {options.output / PAGE}")
    return 0


def _read(run: Path, labels: Path, output: Path) -> None:
    """By the network alone, with the average of its weights where there is one."""
    from ppocr_ext.infer.predict import PredictOptions, predict
    from ppocr_ext.infer.recognizer import Recognizer
    from ppocr_ext.infer.shards import Shard
    from ppocr_ext.infer.sources import open_source

    name = "best_ema" if (run / "best_ema.pdparams").is_file() else "latest"
    recognizer = Recognizer(run / name, "onnxruntime", language_model=None, reread=False)
    predict(recognizer, open_source(str(labels)), output, PredictOptions(), Shard.of_this_process())


if __name__ == "__main__":
    sys.exit(run_cli(main))
