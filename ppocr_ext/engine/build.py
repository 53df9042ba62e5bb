"""From a config to the device, the readers and the step of a run."""

from __future__ import annotations

import ctypes
import math
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import paddle
from paddle import nn

from ppocr_ext.config import Config
from ppocr_ext.config.schema.data import Eval, Train
from ppocr_ext.config.schema.optimizer import Group
from ppocr_ext.config.schema.run import Global
from ppocr_ext.console import tool_command
from ppocr_ext.data.build import build_loader
from ppocr_ext.data.loader import Loader
from ppocr_ext.engine import parallel
from ppocr_ext.engine.optimizer import build_optimizer
from ppocr_ext.engine.schedule import build_schedule
from ppocr_ext.engine.step import LossScale, TrainStep
from ppocr_ext.errors import UserError
from ppocr_ext.losses.build import build_criterion
from ppocr_ext.models.build import build_network
from ppocr_ext.models.stock import refuse_misspelled
from ppocr_ext.outputs import instead
from ppocr_ext.records.records import Note
from ppocr_ext.text.charset import Charset

# MKL's vector functions.
_LIBRARY = "mklml.dll" if sys.platform == "win32" else "libmklml_intel.so"
_ERROR_MODES, _IGNORE = 0x1F00, 0x100  # VML_ERRMODE_* in Intel's mkl_vml_defines.h


def choose_device(device: str) -> None:
    """``auto`` takes a GPU when this Paddle sees one. A CPU is made ready for training."""
    has_gpu = paddle.device.is_compiled_with_cuda() and paddle.device.cuda.device_count() > 0
    if device.startswith("gpu") and not has_gpu:
        raise UserError(
            f"Global.device: {device}, but Paddle sees no GPU",
            "a CUDA build of Paddle and a GPU with its driver",
            f"find out what is missing: {tool_command('workspace.py', 'doctor')}\n"
            f"            or train on the processor: {instead('Global.device', Path('cpu'))}",
        )
    paddle.set_device("gpu" if device == "auto" and has_gpu else device.replace("auto", "cpu"))
    if not on_gpu():
        ignore_underflow()


def ignore_underflow() -> bool:
    """Let exponentials that underflow be 0 and no more; whether this Paddle has MKL.

    MKL calls an error handler for each of them. The gradient of GELU takes exp(-x²/2), so where
    features grow large, as under a random head, a training step took four times as long. Results
    are the same, bit by bit. Holds for the calling thread.
    """
    path = Path(paddle.__file__).parent / "libs" / _LIBRARY
    if not path.is_file():
        return False
    library = ctypes.CDLL(str(path))
    library.vmlSetMode(library.vmlGetMode() & ~_ERROR_MODES | _IGNORE)
    return True


def on_gpu() -> bool:
    return paddle.device.get_device().startswith("gpu")


@dataclass
class Readers:
    """The loaders of this process's share of the lines; ``sets``: of ``Eval.sets``, by name."""

    train: Loader
    eval: Loader
    sets: dict[str, Loader] = field(default_factory=dict)

    @property
    def steps_per_epoch(self) -> int:
        """The last step of an epoch may take fewer batches than ``accumulation``."""
        return math.ceil(len(self.train) / self.train.accumulation)

    def close(self) -> None:
        for loader in (self.train, self.eval, *self.sets.values()):
            loader.close()

    def describe(self) -> dict[str, Any]:
        """Everything that decides which lines a training step takes, over all processes."""
        plan = self.train.plan
        return {
            "batches": len(plan),
            "accumulation": self.train.accumulation,
            "lines_per_batch": plan.batch_size * plan.world_size,
            "pixels_per_batch": plan.pixels_per_batch,
            "epoch_lines": plan.order.epoch_size,
            "part_sizes": self.train.dataset.part_sizes,
            "seed": plan.order.seed,
            "shuffle": plan.order.shuffle,
        }


def open_readers(
    config: Config, charset: Charset, world: int | None = None, cards: int | None = None
) -> Readers:
    """The loaders of every set; a GPU is one process's card, a CPU is the card of all.

    world: number of processes, of which this is one; as many as there are unless given.
    cards: how many the processes share the batches of; as many as there are unless given.
    """
    world = world or parallel.world_size()
    sharing = Fraction(world, cards or (world if on_gpu() else 1))

    def loader(section: Train | Eval) -> Loader:
        return build_loader(
            section,
            config.Global,
            charset,
            sharing=sharing,
            rank=parallel.rank(),
            world_size=world,
            check=config.command("check_data.py"),
        )

    sets = {name: loader(config.Eval.of_set(name)) for name in config.Eval.sets}
    return Readers(loader(config.Train), loader(config.Eval), sets)


def build_step(config: Config, charset: Charset, readers: Readers, total_steps: int) -> TrainStep:
    """Network, loss, optimizer and schedule of ``config``, connected."""
    settings, rules = config.Global, config.Optimizer
    paddle.seed(settings.seed)  # what is not loaded starts the same in every session
    architecture = config.tree["Architecture"]
    network = build_network(architecture, charset.num_classes)
    refuse_misspelled(network, architecture)
    refuse_idle_patterns(network, config)
    freeze(network, settings.freeze)
    return TrainStep(
        network,
        build_criterion(config.Loss, charset, total_steps, network.outputs),
        build_optimizer(network, rules),
        build_schedule(rules.lr, readers.steps_per_epoch, total_steps),
        lines_per_step=readers.describe()["lines_per_batch"] * settings.accumulation,
        clip_norm=rules.clip_norm_global,
        seed=settings.seed,
        amp=mixed_precision(settings),
        loss_scale=build_loss_scale(settings),
    )


def mixed_precision(settings: Global) -> dict[str, Any] | None:
    """Arguments of ``paddle.amp.auto_cast``; ``None`` without it, and on a CPU, where Paddle has
    none."""
    if not (settings.use_amp and on_gpu()):
        return None
    return {
        "level": settings.amp_level,
        "dtype": settings.amp_dtype,
        "use_promote": settings.amp_level != "O2",
        "custom_white_list": settings.amp_custom_white_list,
        "custom_black_list": settings.amp_custom_black_list,
    }


def build_loss_scale(settings: Global) -> LossScale:
    """float16 needs one; bfloat16 has the range of float32."""
    if not mixed_precision(settings) or settings.amp_dtype != "float16":
        return LossScale()
    return LossScale(settings.scale_loss, settings.use_dynamic_loss_scaling)


def freeze(network: paddle.nn.Layer, patterns: list[str]) -> None:
    """Stop the gradients of parameters whose name a pattern finds; a BatchNorm among them keeps
    its statistics, too, and uses them."""
    for name, parameter in network.named_parameters():
        if is_meant(name, patterns):
            parameter.stop_gradient = True
    for name, layer in network.named_sublayers():
        if hasattr(layer, "_use_global_stats") and is_meant(f"{name}.weight", patterns):
            layer._use_global_stats = True


def opening_lines(config: Config, readers: Readers, step: TrainStep, total_steps: int) -> list[str]:
    """PaddleOCR's first lines, and what of the data and the config is left out."""
    start, every = config.Global.eval_batch_step
    device, processes = paddle.device.get_device(), parallel.world_size()
    ignored = config.ignored()
    lines = [
        Note(
            f"train with paddle {paddle.__version__} on {device}, {processes} process(es), "
            f"{total_steps} steps",
            "start",
            paddle=paddle.__version__,
            device=device,
            processes=processes,
            total_steps=total_steps,
            steps_per_epoch=len(readers.train),
            eval_start=start,
            eval_every=every,
        ),
        f"train dataloader has {len(readers.train)} iters",
        f"valid dataloader has {len(readers.eval)} iters",
        *(f"evaluation set {name} has {len(set_)} iters" for name, set_ in readers.sets.items()),
        f"During the training process, after the {start}th iteration, "
        f"an evaluation is run every {every} iterations",
    ]
    for reason, count in readers.train.excluded.items():
        lines.append(f"{count} training lines are left out: {reason}")
    if config.Global.use_amp and step.amp is None:
        lines.append("Global.use_amp has no effect on a CPU")
    if ignored:
        lines.append("PaddleOCR keys that have no effect here: " + ", ".join(ignored))
    return lines


def is_meant(name: str, patterns: Iterable[str]) -> bool:
    """Whether one of ``patterns`` finds ``name``."""
    return any(re.search(pattern, name) for pattern in patterns)


def refuse_idle_patterns(network: nn.Layer, config: Config) -> None:
    """Raise one :class:`UserError` for all patterns that choose nothing, or everything.

    ``Global.freeze`` must leave something to train, ``Global.fresh`` something to load, a group
    of ``Optimizer.groups`` something to the others. To be called before anything is frozen.
    """
    names = [name for name, each in network.named_parameters() if not each.stop_gradient]
    settings, groups = config.Global, config.Optimizer.groups
    problems = list(_in_list("Global.freeze", settings.freeze, names, "nothing would be trained"))
    if weights := settings.pretrained_model:
        tensors, effect = list(network.state_dict()), f"nothing of {weights} would be loaded"
        problems += _in_list("Global.fresh", settings.fresh, tensors, effect)
    problems += _in_groups(groups, names)
    trained = [name for name in names if not is_meant(name, settings.freeze)]
    if trained and not any(_rate(name, groups) for name in trained):
        problems.append("Optimizer.groups: lr_mult is 0 everywhere, nothing would be trained")
    if problems:
        parts = dict.fromkeys(".".join(name.split(".")[:2]) + "." for name in names)
        raise UserError(
            "patterns that match no parameter of the network, or every one:\n"
            + "\n".join(f"  - {problem}" for problem in problems),
            f"regular expressions that match some of the names, which begin with "
            f"{', '.join(parts)}",
            "correct or remove these patterns",
        )


def _in_list(key: str, patterns: Sequence[str], names: Sequence[str], effect: str) -> Iterator[str]:
    """Problems of patterns that act together; ``effect`` of finding everything."""
    for pattern in patterns:
        if not any(re.search(pattern, name) for name in names):
            yield f"{key}: {pattern!r} matches no parameter"
    if patterns and all(is_meant(name, patterns) for name in names):
        yield f"{key}: {', '.join(map(repr, patterns))} matches every parameter; {effect}"


def _in_groups(groups: Sequence[Group], names: Sequence[str]) -> Iterator[str]:
    """Problems of patterns of which the first that fits decides."""
    left = list(names)
    for position, group in enumerate(groups):
        what = f"Optimizer.groups.{position}: {group.pattern!r} matches"
        found = [name for name in names if re.search(group.pattern, name)]
        taken = [name for name in left if name in found]
        if not found:
            yield f"{what} no parameter"
        elif not taken:
            yield f"{what} only parameters of earlier groups"
        elif len(taken) == len(names):
            yield f"{what} every parameter; multiply Optimizer.lr.learning_rate instead"
        left = [name for name in left if name not in taken]


def _rate(name: str, groups: Sequence[Group]) -> float:
    return next((group.lr_mult for group in groups if re.search(group.pattern, name)), 1.0)
