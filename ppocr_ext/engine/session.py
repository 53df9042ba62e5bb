"""One session of training: everything of a config built, loaded, connected and run."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paddle

from ppocr_ext.checkpoint import Checkpoint, CheckpointStore, read_pdparams
from ppocr_ext.config import Config
from ppocr_ext.config.diff import format_table
from ppocr_ext.data.batch import Batch
from ppocr_ext.data.build import change_augmentation
from ppocr_ext.data.loader import Loader
from ppocr_ext.engine import parallel
from ppocr_ext.engine.build import Readers, build_step, choose_device, open_readers, opening_lines
from ppocr_ext.engine.evaluate import Listener, evaluate, evaluate_sets, with_average
from ppocr_ext.engine.frozen import serve_frozen
from ppocr_ext.engine.hooks.base import Hook
from ppocr_ext.engine.hooks.checkpoints import Checkpoints
from ppocr_ext.engine.hooks.early_stop import EarlyStop
from ppocr_ext.engine.hooks.ema import EmaWeights
from ppocr_ext.engine.hooks.evaluation import Evaluation
from ppocr_ext.engine.hooks.keep_awake import KeepAwake
from ppocr_ext.engine.hooks.log_train import LogTrain
from ppocr_ext.engine.hooks.mistakes import Mistakes
from ppocr_ext.engine.hooks.nonfinite import NonFiniteGuard
from ppocr_ext.engine.hooks.notices import Notices
from ppocr_ext.engine.hooks.profile import Profile
from ppocr_ext.engine.hooks.signals import RestoreSignals, StopOnSignal
from ppocr_ext.engine.hooks.skipped import SkippedLines
from ppocr_ext.engine.hooks.watch_config import TakeConfig, WatchConfig
from ppocr_ext.engine.loop import Trainer
from ppocr_ext.engine.persist import RunCheckpoints, open_mirror, restore
from ppocr_ext.engine.places import RUN, only_run
from ppocr_ext.engine.schedule import build_schedule, total_steps
from ppocr_ext.engine.start import Fresh, Resume, Start, data_fingerprints, decide
from ppocr_ext.engine.state import TrainState
from ppocr_ext.engine.telemetry import Telemetry
from ppocr_ext.engine.writers_curves import open_boards, require_packages
from ppocr_ext.errors import UserError
from ppocr_ext.losses.build import build_criterion
from ppocr_ext.outputs import instead, other_name
from ppocr_ext.records.records import Note, StopReason
from ppocr_ext.records.writers import Emitter, Writer, open_writers
from ppocr_ext.runs.history import ConfigHistory
from ppocr_ext.scores.recognition import RecognitionMetric
from ppocr_ext.text.charset import Charset
from ppocr_ext.text.codec import CTCCodec


@dataclass(frozen=True)
class Request:
    """What the command line asked for, besides the config.

    files: the YAML and its bases. reload: reads the config again, for live edits.
    command: how to resume this run, for people. profile: steps to record, 0 for none.
    """

    files: list[Path]
    reload: Callable[[], Config]
    command: str
    resume: bool = False
    force_partial: bool = False
    profile: int = 0


def run_training(config: Config, request: Request) -> None:
    """Train as ``config`` says, from the start or from a checkpoint."""
    folder = Path(config.Global.save_model_dir)
    with only_run(folder), open_session(config, request) as session:
        session.refuse_a_second_start()
        session.begin()
        session.train()


@contextlib.contextmanager
def open_session(config: Config, request: Request) -> Iterator[Session]:
    """Everything built and connected; nothing is loaded yet and nothing written."""
    require_packages(config.Global)
    paddle.disable_signal_handler()  # its traces of C++ frames hide our one message
    parallel.join()
    choose_device(config.Global.device)
    charset = Charset.load(
        Path(config.Global.character_dict_path), use_space_char=config.Global.use_space_char
    )
    notices = Notices()
    with notices.listening():
        start = decide(
            config, resume=request.resume, force_partial=request.force_partial, warn=notices.add
        )
        _refuse_different(start, config)
        with contextlib.closing(open_readers(config, charset, cards=start.cards)) as readers:
            yield Session(config, charset, readers, request, start, notices)


def _refuse_different(start: Start, config: Config) -> None:
    """Raise :class:`UserError` when the processes do not all continue from the same checkpoint."""
    place = ("", "the beginning")
    if isinstance(start, Resume):
        place = (start.checkpoint.id, start.checkpoint.describe())
    if len(places := set(parallel.gather([place]))) > 1:
        names = [f"{where}, id {id_}" if id_ else where for id_, where in places]
        raise UserError(
            f"the processes would continue from {' and '.join(sorted(names))}",
            f"{config.Global.save_model_dir} as one folder that all machines share",
            "set a shared folder: -o Global.save_model_dir=…",
        )


class Session:
    """The parts of a run, connected."""

    def __init__(
        self,
        config: Config,
        charset: Charset,
        readers: Readers,
        request: Request,
        start: Start,
        notices: Notices,
    ) -> None:
        """notices: what was warned of up to now."""
        self.config, self.charset, self.readers, self.request = config, charset, readers, request
        self.start, self.notices = start, notices
        self.run = Path(config.Global.save_model_dir)
        self.leads = parallel.rank() == 0
        self.codec = CTCCodec(charset)
        self.state = TrainState()
        self.notes: list[str] = []
        self.labels = data_fingerprints(readers) if self.leads else {}
        self.step = build_step(config, charset, readers, self.total_steps(config))
        self.history = ConfigHistory(self.run)
        self.checkpoints: RunCheckpoints | None = None  # rank 0's
        self.ema = EmaWeights(self.step.network) if config.Global.ema else None
        self.mistakes = Mistakes(self.run, Path(config.Eval.dataset.data_dir))
        self.store = CheckpointStore(
            self.run, config.Global.keep_last, config.Global.keep_every, self.notices.add
        )

    # ---- where to start

    def refuse_a_second_start(self) -> None:
        """Raise :class:`UserError` where a new run would go into the folder of another."""
        if isinstance(self.start, Fresh) and self.store.newest() is not None:
            raise UserError(
                f"{self.run.as_posix()} already holds a run",
                "a folder without checkpoints for a new run",
                f"continue it: {self.request.command}\n"
                f"            or choose another folder: {instead(RUN, other_name(self.run))}",
            )

    def begin(self) -> None:
        """Load what the run starts from, and note it for the log."""
        batches = self.readers.describe()
        self.state, notes = self.start.load(
            self.config, self.charset, self.step, batches, self.labels
        )
        checkpoint = None
        if isinstance(self.start, Resume):
            checkpoint, changes = self.start.checkpoint, self.start.changes
            source, keys = checkpoint.prefix.as_posix(), [change.key for change in changes]
            self.notes.append(Note(f"resume from {source}", "resume", checkpoint=source))
            self.notes.append(f"global_step {self.state.global_step}, epoch {self.state.epoch}")
            self.notes += [Note(format_table(changes), "swap", keys=keys)] * bool(changes)
        self.notes += notes
        parallel.same_parameters(self.step.network)
        self._restore_average(checkpoint)
        self.notes += serve_frozen(self.step.network)

    def _restore_average(self, checkpoint: Checkpoint | None) -> None:
        """The average as it was saved; of another dictionary, it starts from the weights."""
        if self.ema is None:
            return
        saved = None
        if checkpoint is not None:
            dictionary = checkpoint.state.get("dictionary_fingerprint")
            same = dictionary == self.charset.fingerprint
            saved = checkpoint.files.get("ema") if same else None
        self.ema.reset(read_pdparams(saved) if saved else None)

    # ---- training

    def train(self) -> StopReason | None:
        """Run the loop; returns why it ended."""
        if self.leads:
            self.history.add(self.config.tree, self.state.global_step)
            self.checkpoints = self._open_checkpoints()
        total = self.total_steps(self.config)
        emit = Emitter(self._writers(total) if self.leads else [])
        trainer = Trainer(
            step=self.step,
            state=self.state,
            epoch_batches=self._epoch_batches,
            hooks=self._hooks(),
            emit=emit,
            total_steps=total,
            epoch_num=self.config.Global.epoch_num,
            accumulation=self.config.Global.accumulation,
        )
        try:
            lines = opening_lines(self.config, self.readers, self.step, total)
            for note in map(Note.of, [*lines, *self.notes]):
                trainer.event(note.name, str(note), **note.fields)
            self.configure(trainer, self.config)
            return trainer.train()
        finally:
            emit.close()
            if self.checkpoints is not None:
                self.checkpoints.close()

    def _writers(self, total_steps: int) -> list[Writer]:
        return [*open_writers(self.run, total_steps), *open_boards(self.run, self.config.tree)]

    def configure(self, trainer: Trainer, config: Config) -> None:
        """Take the live keys of ``config``: the schedule, the end, every hook's intervals."""
        if config.Train != self.config.Train:
            change_augmentation(self.readers.train, config.Train, config.Global)
        self.config = config
        if self.checkpoints is not None:
            self.checkpoints.config = config.tree
        self.store.keep_last, self.store.keep_every = (
            config.Global.keep_last,
            config.Global.keep_every,
        )
        trainer.total_steps = self.total_steps(config)
        trainer.epoch_num = config.Global.epoch_num
        self.step.schedule = build_schedule(
            config.Optimizer.lr,
            self.readers.steps_per_epoch,
            trainer.total_steps,
            self.state.first_step,
        )
        self.step.criterion = build_criterion(
            config.Loss, self.charset, trainer.total_steps, self.step.network.outputs
        )
        for hook in trainer.hooks:
            hook.configure(config)

    def total_steps(self, config: Config) -> int:
        return total_steps(config.Global, self.readers.steps_per_epoch, self.state.first_step)

    def _hooks(self) -> list[Hook]:
        """Every hook of a run, in the order in which the loop calls them."""
        evaluation = Evaluation(self._evaluate_all)
        telemetry = Telemetry(paddle.device.get_device())
        log = LogTrain(self._metric(), self.codec, evaluation.seconds_left, telemetry.sample)
        signals = StopOnSignal()
        hooks: list[Hook] = [
            signals,
            *([self.ema] if self.ema is not None else []),
            NonFiniteGuard(self.run / "nonfinite", self._last_good),
            log,
            evaluation,
            EarlyStop(),
            SkippedLines(self.notices.add),
            self.mistakes,
            TakeConfig(self.history.load, self.configure),
        ]
        if self.checkpoints is not None:
            save, publish = self.checkpoints.save, self.checkpoints.publish
            hooks.append(Checkpoints(save, publish, self.run, self.request.command))
            hooks.append(KeepAwake())
        if self.leads and self.config.Global.watch_config:
            hooks.append(WatchConfig(self.request.files, self.request.reload, self.history.add))
        if self.leads and self.request.profile:
            hooks.insert(0, Profile(self.run / "profile", self.request.profile))
        return [*hooks, self.notices, RestoreSignals(signals)]

    def _open_checkpoints(self) -> RunCheckpoints:
        facts = {
            "dictionary_fingerprint": self.charset.fingerprint,
            "data_fingerprints": self.labels,
            "reader": self.readers.describe(),
        }
        average = self.ema.average if self.ema is not None else None
        mirror = open_mirror(self.config.Global.mirror_dir, self.store, self.notices.add)
        return RunCheckpoints(
            self.store, self.step, self.charset, self.config.tree, facts, average, mirror
        )

    def _last_good(self) -> TrainState | None:
        """Load the newest checkpoint back, for a roll-back; ``None`` when there is none yet."""
        if self.store.newest() is None:
            return None
        checkpoint = self.store.load()
        architecture = self.config.tree["Architecture"]
        self.state, _ = restore(checkpoint, self.step, self.charset, architecture)
        self._restore_average(checkpoint)
        return self.state

    def _epoch_batches(self, state: TrainState) -> Iterator[Batch]:
        return self.readers.train.epoch(state.epoch, state.batch, state.global_step)

    def _evaluate(self, listen: Listener | None = None) -> dict[str, Any]:
        """Scores of every set; ``listen`` hears of the main one."""

        def run(loader: Loader) -> dict[str, Any]:
            heard = listen if loader is self.readers.eval else None
            network, batches = self.step.network, loader.epoch(0)
            return evaluate(network, batches, self.codec, self._metric(), heard)

        weights = {name: each.weight for name, each in self.config.Eval.sets.items()}
        return evaluate_sets(run, self.readers, weights, self.config.Metric.main_indicator)

    def _evaluate_all(self) -> dict[str, Any]:
        """Scores of the weights, and of their average when there is one."""
        parallel.same_parameters(self.step.network)  # running statistics differ by process
        self.mistakes.reset()
        metrics = self._evaluate(self.mistakes.add)
        if self.ema is not None:
            with self.ema.in_place():
                metrics = with_average(metrics, self._evaluate())
        return metrics

    def _metric(self) -> RecognitionMetric:
        options = self.config.Metric
        return RecognitionMetric(ignore_space=options.ignore_space, ignore_case=options.ignore_case)
