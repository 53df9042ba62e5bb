"""Fine-tune a text recogniser: python tools/train.py -c my.yml

Without -c it trains configs/rec_quick.yml on the lines of python tools/make_data.py.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ppocr_ext.arguments import add_override
from ppocr_ext.console import start_of
from ppocr_ext.engine.launch import cpu_process_count, end_with_parent, is_launched, launch
from ppocr_ext.runtime import has_gpu_paddle, prepare_cpu, resource

if TYPE_CHECKING:
    from ppocr_ext.config import Config


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "-c",
        "--config",
        default=str(resource("configs", "rec_quick.yml")),
        help="YAML config (default: configs/rec_quick.yml)",
    )
    add_override(
        parser, "replace values of the config, e.g. -o Global.epoch_num=5 Optimizer.lr.name=Const"
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on from the run's newest good checkpoint"
    )
    parser.add_argument(
        "--force-partial",
        action="store_true",
        help="resume although the network is another one: load what fits, list the rest",
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="print what would change and draw the learning rate's old and new curve",
    )
    parser.add_argument(
        "--find-lr",
        nargs="?",
        const=100,
        type=int,
        metavar="STEPS",
        help="try rates from 1e-6 to 1 in so many steps (default 100), draw the loss and suggest "
        "one; nothing is saved but the picture",
    )
    parser.add_argument(
        "--profile",
        nargs="?",
        const=10,
        default=0,
        type=int,
        metavar="STEPS",
        help="record so many steps (default 10): where their time goes, as tables and a trace "
        "in the run's folder profile/",
    )
    return parser.parse_args(argv)


def show_preview(config: Config, options: argparse.Namespace, processes: int) -> int:
    prepare_cpu()
    from ppocr_ext.engine.preview import preview

    resume, force_partial = options.resume, options.force_partial
    print(preview(config, resume=resume, force_partial=force_partial, processes=processes))
    return 0


def main(argv: list[str] | None = None) -> int:
    options = parse(argv)
    from ppocr_ext.config import FOR_TRAINING, files_of, load_config
    from ppocr_ext.engine.places import check_places

    path = Path(options.config)
    config = load_config(path, options.override, files=FOR_TRAINING)
    check_places(config, files_of(path), options.resume)
    on_cpu = config.Global.device == "cpu" or not has_gpu_paddle()
    processes = cpu_process_count(config.Global.cpu_processes) if on_cpu else 1
    if options.dry_run:
        return show_preview(config, options, processes)
    end_with_parent()
    if processes > 1 and not is_launched():
        return launch([*start_of("train.py"), *(sys.argv[1:] if argv is None else argv)], processes)
    prepare_cpu()
    from ppocr_ext.engine.session import Request, run_training

    request = Request(
        files=files_of(path),
        reload=lambda: load_config(path, options.override),
        command=config.command("train.py", "--resume"),
        resume=options.resume,
        force_partial=options.force_partial,
        profile=options.profile,
    )
    if options.find_lr is None:
        run_training(config, request)
    else:
        from ppocr_ext.engine.lr_finder import find_lr

        if suggestion := find_lr(config, request, options.find_lr):
            print(suggestion)
    return 0
