"""What a start or a resume would do, shown before it is done: differences and the rate's curve."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ppocr_ext.checkpoint import CheckpointStore
from ppocr_ext.config import Config
from ppocr_ext.config.diff import Change, format_table
from ppocr_ext.engine.build import build_step, choose_device, open_readers
from ppocr_ext.engine.persist import state_of
from ppocr_ext.engine.schedule import Schedule, build_schedule, total_steps
from ppocr_ext.engine.start import Resume, continue_from, data_fingerprints, decide
from ppocr_ext.engine.state import TrainState
from ppocr_ext.engine.writers_curves import require_packages
from ppocr_ext.errors import UserError
from ppocr_ext.files import replacing
from ppocr_ext.show.tables import aligned
from ppocr_ext.text.charset import Charset

FILE = "lr_preview.png"
POINTS = 1500  # of a curve in the plot
NOT_KNOWN = "the config that the checkpoint was trained with is not stored with it: not compared"


@dataclass(frozen=True)
class Curve:
    """The learning rate over a run; ``rate(step)`` for ``step`` from 0 to ``end`` - 1."""

    rate: Schedule
    end: int

    @classmethod
    def of(cls, config: Config, batches: Mapping[str, Any], state: TrainState) -> Curve:
        """``batches``: :meth:`ppocr_ext.engine.build.Readers.describe` of that config."""
        per_epoch = math.ceil(batches["batches"] / batches["accumulation"])
        end = total_steps(config.Global, per_epoch, state.first_step)
        schedule = build_schedule(config.Optimizer.lr, per_epoch, end, state.first_step)
        return cls(lambda step: schedule(step) * state.lr_factor, end)


def preview(
    config: Config, *, resume: bool, force_partial: bool = False, processes: int = 1
) -> str:
    """The text to print; draws ``lr_preview.png`` into the run folder and touches nothing else.

    Compares with the checkpoint that a resume would start from, or with the newest of the run.
    Raises :class:`UserError` where training would.
    """
    require_packages(config.Global)
    choose_device(config.Global.device)
    charset = Charset.load(Path(config.Global.character_dict_path), config.Global.use_space_char)
    run, lines = Path(config.Global.save_model_dir), list[str]()
    start = decide(config, resume=resume, force_partial=force_partial, warn=lines.append)
    if not isinstance(start, Resume) and CheckpointStore(run).newest() is not None:
        start = continue_from(run, config, force_partial, lines.append)
    with contextlib.closing(open_readers(config, charset, processes, start.cards)) as readers:
        batches, labels = readers.describe(), data_fingerprints(readers)
        per_epoch = readers.steps_per_epoch
        step = build_step(config, charset, readers, total_steps(config.Global, per_epoch, 0))
    state, notes = start.load(config, charset, step, batches, labels)
    old, changes = None, list[Change]()
    if isinstance(start, Resume):
        checkpoint, old, changes = start.checkpoint, _curve_of(start), start.changes
        lines.append(f"against {checkpoint.describe()} in {checkpoint.prefix.parent.as_posix()}")
        same = NOT_KNOWN if start.config is None else "the config is the same"
        lines.append(format_table(changes) or same)
    lines += notes
    new = Curve.of(config, batches, state)
    lines += ["", *_table(state.global_step, old, new)]
    _draw(run / FILE, state.global_step, old, new, changes)
    return "\n".join([*lines, "", f"drawn in {(run / FILE).as_posix()}; nothing else was changed"])


def _curve_of(start: Resume) -> Curve | None:
    """What the checkpoint's own config would have gone on with; ``None`` for a foreign one."""
    batches = start.checkpoint.state.get("reader", {})
    if start.config is None or "batches" not in batches:
        return None
    with contextlib.suppress(UserError, ValueError):  # a config of another version
        return Curve.of(Config.model_validate(start.config), batches, state_of(start.checkpoint))
    return None


def _table(now: int, old: Curve | None, new: Curve) -> list[str]:
    """Rates at telling steps: the next ones, shares of what is left, both ends."""
    if now >= new.end:
        return [f"nothing is left to train: step {now} of {new.end}"]
    left = new.end - now
    steps = {now, now + 1, now + 9, now + 99, new.end - 1}
    steps |= {now + left * quarter // 4 for quarter in (1, 2, 3)}
    steps |= {old.end - 1, old.end} if old else set()
    rows = [("step", "old rate", "new rate", "")]
    for step in sorted(step for step in steps if now <= step < max(new.end, old.end if old else 0)):
        before, after = _cell(old, step), _cell(new, step)
        rows.append((str(step + 1), before, after, "*" if old and before != after else ""))
    return aligned(rows).splitlines()


def _cell(curve: Curve | None, step: int) -> str:
    if curve is None:
        return "-"
    return f"{curve.rate(step):.3e}" if step < curve.end else "ended"


def _draw(path: Path, now: int, old: Curve | None, new: Curve, changes: Sequence[Change]) -> None:
    """Both curves, where the run is, and what changes there."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    if old is not None:
        axes.plot(*_points(old, 0), "--", color="tab:gray", label="the previous config")
    axes.plot(*_points(new, now), color="tab:blue", label="this config")
    if now:
        axes.axvline(now, color="tab:red", linewidth=1, label=f"step {now}: training continues")
    rates = [change for change in changes if change.key.startswith(("Optimizer.lr", "Global."))]
    told = [f"{change.key}: {change.old} → {change.new}" for change in rates[:6]]
    axes.set_title("\n".join(told) or "learning rate", fontsize=8, loc="left")
    axes.set(xlabel="global_step", ylabel="learning rate", xlim=(0, None), ylim=(0, None))
    axes.legend(fontsize=8)
    axes.grid(alpha=0.3)
    with replacing(path, "wb") as stream:
        figure.savefig(stream, format="png", dpi=120)


def _points(curve: Curve, first: int) -> tuple[list[int], list[float]]:
    stride = max((curve.end - first) / POINTS, 1.0)
    steps = sorted({int(first + i * stride) for i in range(int((curve.end - first) / stride))})
    return steps, [curve.rate(step) for step in steps]
