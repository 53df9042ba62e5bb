"""Fine-tune a text recogniser.

Without -c it trains configs/rec_quick.yml on the lines of tools/make_data.py.

examples:
  python tools/train.py
  python tools/train.py -c configs/rec_quick.yml -o Global.epoch_num=5 --resume
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from ppocr_ext.cli.options import add_config, add_override, count, make_parser, positive
from ppocr_ext.console import start_of
from ppocr_ext.engine.launch import cpu_process_count, end_with_parent, is_launched, launch
from ppocr_ext.runtime import has_gpu_paddle, prepare_cpu, resource

if TYPE_CHECKING:
    from ppocr_ext.config import Config


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = make_parser(__doc__)
    add = parser.add_argument
    quick = resource("configs", "rec_quick.yml")
    add_config(parser, "YAML config (default: configs/rec_quick.yml)", default=quick)
    add_override(parser, "the config", "Global.epoch_num=5 Optimizer.lr.name=Const")
    add(
        "--resume",
        action="store_true",
        help="continue from the newest intact checkpoint of this run",
    )
    add(
        "--force-partial",
        action="store_true",
        help="resume although the network differs: load what fits, list the rest",
    )
    add(
        "--dry-run",
        action="store_true",
        help="only print what would change and draw the learning rate's old and new curve",
    )
    add(
        "--find-lr",
        nargs="?",
        const=100,
        type=positive,
        metavar="STEPS",
        help="only try rates from 1e-6 to 1 in 100 steps, or as many as given, draw the loss and "
        "suggest one "
        "(default: train)",
    )
    add(
        "--profile",
        nargs="?",
        const=10,
        default=0,
        type=count,
        metavar="STEPS",
        help="record 10 steps, or as many as given: where their time goes, as tables and a trace "
        "in the "
        "run folder's profile/ (default: none)",
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

    path = options.config
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
