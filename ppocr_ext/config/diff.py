"""What changes between two configs of one run, and what each change means for a resume.

``live``: applies at the next step, even to a run that is training. ``rebuild``: a resume builds
that part again and training continues. ``fatal``: the checkpoint's weights do not fit any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Literal, NamedTuple

from ppocr_ext.config.schema import section_at
from ppocr_ext.show.tables import aligned

Kind = Literal["live", "rebuild", "fatal"]
Path = tuple[str, ...]
ABSENT = "(absent)"


class Change(NamedTuple):
    """One key that differs. ``old`` or ``new`` is :data:`ABSENT` where the key is not written."""

    key: str
    old: Any
    new: Any
    kind: Kind
    effect: str


class _Rule(NamedTuple):
    pattern: str
    kind: Kind
    effect: str


_CTC = "Architecture.Head.head_list.CTCHead"
_RULES = (  # the first pattern that fits decides; * stands for anything, dots too
    _Rule("Optimizer.lr.*", "live", "the rate follows the new curve from the next step"),
    _Rule("Global.epoch_num", "live", "the end of training and of the rate's curve change"),
    _Rule("Global.max_steps", "live", "the end of training and of the rate's curve change"),
    _Rule("Global.early_stop.*", "live", "takes effect at the next evaluation"),
    _Rule("Global.on_nonfinite.*", "live", "takes effect at the next step"),
    _Rule("Global.eval_batch_step", "live", "the next evaluation follows the new interval"),
    _Rule("Global.eval_at_start", "live", "takes effect at the next start"),
    _Rule("Global.save_step", "live", "the next save follows the new interval"),
    _Rule("Global.save_epoch_step", "live", "the next save follows the new interval"),
    _Rule("Global.keep_*", "live", "takes effect at the next save"),
    _Rule("Global.print_batch_step", "live", "takes effect at the next log line"),
    _Rule("Global.log_smooth_window", "live", "takes effect at the next log line"),
    _Rule("Global.cal_metric_during_train", "live", "takes effect at the next log line"),
    _Rule("Loss.*weight*", "live", "the new weights take effect at the next step"),
    _Rule(
        "Train.dataset.transforms.*RecAug.*", "live", "takes effect for samples read from now on"
    ),
    _Rule("Train.dataset.transforms*", "rebuild", "training lines are read again"),
    _Rule("*.dataset.make", "live", "used only in a printed command"),
    _Rule("Global.make_pretrained", "live", "used only in a printed command"),
    _Rule("Global.pretrained_*", "live", "not used by a resume"),
    _Rule("Global.fresh*", "live", "not used by a resume"),
    _Rule("Global.checkpoints", "live", "only says where a resume starts"),
    _Rule("Global.model_name", "live", "used only by exports"),
    _Rule("Global.save_inference_dir", "live", "used only by exports"),
    _Rule("Global.infer_img", "live", "used only for reading"),
    _Rule("Global.save_res_path", "live", "used only for reading"),
    _Rule("Global.character_dict_path", "rebuild", "the head is transplanted to the dictionary"),
    _Rule("Global.use_space_char", "rebuild", "the head is transplanted to the dictionary"),
    _Rule("Global.save_model_dir", "rebuild", "the run continues in the other folder"),
    _Rule("Global.seed", "rebuild", "data order and augmentation differ from here"),
    _Rule("Global.ema", "rebuild", "the average starts from the current weights"),
    _Rule("Global.accumulation", "rebuild", "a step takes a different number of lines"),
    _Rule(
        "Train.loader.batch_size_per_card", "rebuild", "a step takes a different number of lines"
    ),
    _Rule("Train.samples_per_epoch", "rebuild", "an epoch has a different length"),
    _Rule("Train.loader.num_workers", "rebuild", "different reading processes, the same samples"),
    _Rule("Train.loader.prefetch", "rebuild", "different reading processes, the same samples"),
    _Rule("Train.*", "rebuild", "training lines are read again"),
    _Rule("Eval.sets.*.weight", "rebuild", "the best checkpoint is chosen by a different mean"),
    _Rule("Eval.sets*", "rebuild", "different sets are evaluated beside the main one"),
    _Rule("Eval.*", "rebuild", "scores are not comparable with earlier ones"),
    _Rule("Metric.*", "rebuild", "scores are not comparable with earlier ones"),
    _Rule("Optimizer.name", "rebuild", "the optimizer starts without its moments"),
    _Rule("Optimizer.*", "rebuild", "the optimizer is built again and keeps its moments"),
    _Rule("Loss*", "rebuild", "the loss is built again"),
    _Rule("Architecture.algorithm", "live", "only a label"),
    _Rule(f"{_CTC}.Head.fc_decay", "rebuild", "the head decays at the new rate"),
    _Rule(f"{_CTC}*", "fatal", "the recognition head or its neck has a different shape"),
    _Rule("Architecture.Head.head_list.*", "rebuild", "this head starts at random or is dropped"),
    _Rule("Architecture.Head.head_list", "rebuild", "heads are built in the new order"),
    _Rule("Architecture.*", "fatal", "the weights belong to another network"),
    _Rule("*", "rebuild", "takes effect after the restart"),
)


def diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Changes from ``old`` to ``new`` (``Config.tree`` of each): fatal, rebuild, live.

    Entries of ``- Name: {arguments}`` lists are compared by name:
    ``Train.dataset.transforms.RecAug.tia_prob``.
    """
    changes = [
        _change(path, before, after)
        for path, before, after in _compare(old, new, ())
        if after != ABSENT or _is_read(path)  # else a key of earlier versions, or PaddleOCR's
    ]
    order = ("fatal", "rebuild", "live")
    return sorted(changes, key=lambda change: order.index(change.kind))


def format_table(changes: Sequence[Change]) -> str:
    """``changes`` as aligned text, a line each under a heading; an empty text for none."""
    if not changes:
        return ""
    rows = [("key", "old", "new", "", "what happens")]
    rows += [(c.key, _short(c.old), _short(c.new), c.kind, c.effect) for c in changes]
    return aligned(rows)


def _compare(old: Any, new: Any, path: Path) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """Path, old and new value of each difference; steps of a list count by name."""
    old_steps, new_steps = _by_name(old), _by_name(new)
    if old_steps is not None and new_steps is not None:
        kept = [name for name in old_steps if name in new_steps]
        if kept != [name for name in new_steps if name in old_steps]:
            yield path, list(old_steps), list(new_steps)
        old, new = old_steps, new_steps
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys((*old, *new)):
            yield from _compare(old.get(key, ABSENT), new.get(key, ABSENT), (*path, str(key)))
    elif old != new:
        yield path, old, new


def _by_name(value: Any) -> dict[str, Any] | None:
    """A list of ``- Name: {arguments}`` with distinct names as a mapping, else ``None``."""
    if not isinstance(value, list) or not value:
        return None
    if not all(isinstance(item, Mapping) and len(item) == 1 for item in value):
        return None
    steps = {name: args or {} for item in value for name, args in item.items()}
    return steps if len(steps) == len(value) else None


def _change(path: Path, old: Any, new: Any) -> Change:
    key = ".".join(path)
    if not _is_read(path):
        return Change(key, old, new, "live", "not used")
    rule = next(rule for rule in _RULES if fnmatchcase(key, rule.pattern))
    return Change(key, old, new, rule.kind, rule.effect)


def _is_read(path: Path) -> bool:
    section = section_at(path[:-1])
    return section is None or path[-1] not in section.ignored_fields()


def _short(value: Any) -> str:
    text = "null" if value is None else str(value)
    return text if len(text) <= 40 else text[:37] + "..."
