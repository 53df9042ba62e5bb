"""One session of training: everything of a config built, loaded, connected and run."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paddle

from ppocr_ext.checkpoint import CheckpointStore, is_better, load_checkpoint
from ppocr_ext.config import Config, dump_yaml
from ppocr_ext.config.schema.data import Eval, Train
from ppocr_ext.data.build import build_loader
from ppocr_ext.data.loader import Loader
from ppocr_ext.engine import parallel
from ppocr_ext.engine.evaluate import evaluate
from ppocr_ext.engine.hooks.base import Hook
from ppocr_ext.engine.hooks.checkpoints import Checkpoints
from ppocr_ext.engine.hooks.evaluation import Evaluation
from ppocr_ext.engine.hooks.log_train import LogTrain
from ppocr_ext.engine.hooks.signals import StopOnSignal
from ppocr_ext.engine.loop import Trainer
from ppocr_ext.engine.optimizer import build_optimizer
from ppocr_ext.engine.persist import RunCheckpoints
from ppocr_ext.engine.schedule import build_schedule
from ppocr_ext.engine.state import TrainState
from ppocr_ext.engine.step import TrainStep
from ppocr_ext.engine.writers import Emitter, open_writers
from ppocr_ext.errors import UserError
from ppocr_ext.files import write_text
from ppocr_ext.losses.build import build_criterion
from ppocr_ext.metrics import RecognitionMetric
from ppocr_ext.models.build import build_network
from ppocr_ext.models.weights import load_weights
from ppocr_ext.text.charset import Charset
from ppocr_ext.text.codec import CTCCodec


@dataclass
class Readers:
    """The loaders of both sets, closed together."""

    train: Loader
    eval: Loader

    def close(self) -> None:
        self.train.close()
        self.eval.close()


def run_training(config: Config, resume: bool, arguments: argparse.Namespace) -> int:
    """Train as ``config`` says; returns the exit code."""
    parallel.join()
    choose_device(config.Global.device)
    charset = Charset.load(
        Path(config.Global.character_dict_path), use_space_char=config.Global.use_space_char
    )
    with contextlib.closing(open_readers(config, charset)) as readers:
        session = Session(config, charset, readers, arguments)
        session.restore(resume)
        session.train()
    return 0


def choose_device(device: str) -> None:
    """``auto`` takes a GPU when this Paddle sees one."""
    has_gpu = paddle.device.is_compiled_with_cuda() and paddle.device.cuda.device_count() > 0
    if device.startswith("gpu") and not has_gpu:
        raise UserError(
            f"Global.device: {device}, but Paddle sees no GPU",
            "a CUDA build of Paddle and a GPU with its driver",
            "run: python tools/workspace.py doctor; or set Global.device: cpu",
        )
    paddle.set_device("gpu" if device == "auto" and has_gpu else device.replace("auto", "cpu"))


def open_readers(config: Config, charset: Charset) -> Readers:
    """The loaders of this process's share of both sets.

    A batch belongs to a card; the processes of one CPU share one, so that their number changes
    nothing but the speed.
    """
    world = parallel.world_size()
    sharing = 1 if paddle.device.get_device().startswith("gpu") else world

    def loader(section: Train | Eval) -> Loader:
        return build_loader(
            section,
            config.Global,
            charset,
            batch_size=max(section.loader.batch_size_per_card // sharing, 1),
            rank=parallel.rank(),
            world_size=world,
        )

    return Readers(loader(config.Train), loader(config.Eval))


class Session:
    """The parts of a run, connected."""

    def __init__(
        self, config: Config, charset: Charset, readers: Readers, arguments: argparse.Namespace
    ) -> None:
        self.config, self.charset, self.readers = config, charset, readers
        self.arguments = arguments
        self.run = Path(config.Global.save_model_dir)
        self.tree = config.to_dict()
        self.steps_per_epoch = max(len(readers.train) // config.Global.accumulation, 1)
        whole = config.Global.epoch_num * self.steps_per_epoch
        self.total_steps = min(config.Global.max_steps or whole, whole)
        self.codec = CTCCodec(charset)
        self.step = self._build_step()
        self.state = TrainState()
        self.notes: list[str] = []
        store = CheckpointStore(
            self.run,
            keep_last=config.Global.keep_last,
            keep_every=config.Global.keep_every,
            warn=self.notes.append,
        )
        facts = {"dictionary_fingerprint": charset.fingerprint}
        self.checkpoints = RunCheckpoints(store, self.step, charset, self.tree, facts)

    def restore(self, resume: bool) -> None:
        """Resume when asked to, else start from the pretrained weights, if any are named."""
        settings = self.config.Global
        if resume or settings.checkpoints:
            checkpoint = load_checkpoint(Path(settings.checkpoints or self.run), self.notes.append)
            self.state = self.checkpoints.restore(checkpoint)
            self.notes.append(f"resume from {checkpoint.prefix.as_posix()}")
        elif settings.pretrained_model:
            report = load_weights(
                self.step.network,
                self.tree["Architecture"],
                settings.pretrained_model,
                self.charset,
                settings.pretrained_character_dict_path,
                settings.seed,
            )
            self.notes.append(f"load pretrain successful from {settings.pretrained_model}")
            self.notes += report.notes
        parallel.same_parameters(self.step.network)

    def train(self) -> None:
        leads = parallel.rank() == 0
        if leads:
            write_text(self.run / "config.yml", dump_yaml(self.tree))
        emit = Emitter(open_writers(self.run, self.total_steps) if leads else [])
        trainer = Trainer(
            step=self.step,
            state=self.state,
            epoch_batches=self._epoch_batches,
            hooks=self._hooks(leads),
            emit=emit,
            total_steps=self.total_steps,
            epoch_num=self.config.Global.epoch_num,
            steps_per_epoch=self.steps_per_epoch,
            accumulation=self.config.Global.accumulation,
        )
        try:
            for text in [*self._opening_lines(), *self.notes]:
                emit(self._event("start", text))
            trainer.train()
        finally:
            emit.close()

    def _build_step(self) -> TrainStep:
        settings, rules = self.config.Global, self.config.Optimizer
        network = build_network(self.tree["Architecture"], self.charset.num_classes)
        freeze(network, settings.freeze)
        amp = None
        if settings.use_amp:
            amp = {"level": settings.amp_level, "dtype": settings.amp_dtype}
        lines = self.readers.train.plan.batch_size * parallel.world_size()
        return TrainStep(
            network,
            build_criterion(self.config.Loss),
            build_optimizer(network, rules),
            build_schedule(rules.lr, self.steps_per_epoch, self.total_steps),
            lines_per_step=lines * settings.accumulation,
            clip_norm=rules.clip_norm_global,
            seed=settings.seed,
            amp=amp,
            scaler=paddle.amp.GradScaler(
                enable=amp is not None,
                init_loss_scaling=settings.scale_loss,
                use_dynamic_loss_scaling=settings.use_dynamic_loss_scaling,
            ),
        )

    def _hooks(self, leads: bool) -> list[Hook]:
        """Every hook of a run, in the order in which the loop calls them."""
        settings = self.config.Global
        evaluation = Evaluation(
            self._evaluate,
            lambda new, best: is_better(new, best, self.config.Metric.main_indicator),
            *settings.eval_batch_step,
            at_start=settings.eval_at_start,
        )
        log = LogTrain(
            settings.print_batch_step,
            settings.log_smooth_window,
            self._metric(),
            self.codec if settings.cal_metric_during_train else None,
            evaluation.seconds_left,
        )
        hooks: list[Hook] = [StopOnSignal(), log, evaluation]
        if leads:
            hooks.append(
                Checkpoints(
                    lambda names: self.checkpoints.save(names, self.state),
                    self.run,
                    settings.save_step,
                    settings.save_epoch_step,
                    f"python tools/train.py -c {self.arguments.config} --resume",
                )
            )
        return hooks

    def _epoch_batches(self, epoch: int, start: int) -> Iterator[Any]:
        return self.readers.train.epoch(epoch, start, self.state.global_step)

    def _evaluate(self) -> dict[str, Any]:
        batches = self.readers.eval.epoch(0)
        step = self.step
        return evaluate(step.network, step.criterion, batches, self.codec, self._metric())

    def _metric(self) -> RecognitionMetric:
        options = self.config.Metric
        return RecognitionMetric(ignore_space=options.ignore_space, ignore_case=options.ignore_case)

    def _opening_lines(self) -> list[str]:
        start, every = self.config.Global.eval_batch_step
        return [
            f"train dataloader has {len(self.readers.train)} iters",
            f"valid dataloader has {len(self.readers.eval)} iters",
            f"train with paddle {paddle.__version__} on {paddle.device.get_device()}, "
            f"{parallel.world_size()} process(es), {self.total_steps} steps",
            f"During the training process, after the {start}th iteration, "
            f"an evaluation is run every {every} iterations",
        ]

    def _event(self, name: str, text: str) -> dict[str, Any]:
        step, epoch = self.state.global_step, self.state.epoch
        return {"kind": "event", "name": name, "text": text, "global_step": step, "epoch": epoch}


def freeze(network: paddle.nn.Layer, patterns: list[str]) -> None:
    """Stop the gradients of parameters whose name a pattern finds."""
    import re

    for name, parameter in network.named_parameters():
        if any(re.search(pattern, name) for pattern in patterns):
            parameter.stop_gradient = True
