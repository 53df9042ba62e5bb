"""From lines that were labelled to a better model: ordinary command lines, and what they gained.

Nothing is trained on the pages that label.py keeps for val.txt; they show the gain.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ppocr_ext.console import command_line, override, python, start_of, tool_command
from ppocr_ext.data.label_txt import HOME, label_rows, tail
from ppocr_ext.data.split import CropGroups, is_validation
from ppocr_ext.errors import UserError
from ppocr_ext.files import read_text, write_text
from ppocr_ext.outputs import other_name
from ppocr_ext.packages import require_package
from ppocr_ext.runtime import PUBLISHED, REPOSITORY, resource
from ppocr_ext.workspace.child import run_child

if TYPE_CHECKING:
    from ppocr_ext.scores.recognition import Counts

MODEL = "model.json"  # the better model in label.py's folder
FEWEST = 10  # held-out lines: fewer show nothing
_BATCH, _LOOK, _LOOKS = 32, 25, 16  # lines of a step; steps between evaluations, which are as many
_PATIENCE = 5  # evaluations without a better one
_STEPS = 400  # at least
# A set of fewer lines, read with less CER already, teaches the neck and the head alone; its steps.
_SMALL, _NEAR, _SHORT = 1000, 0.1, 200


def improve(folder: Path, output: Path | None, interpreter: Path) -> int:
    """Check, train, add a language model where it helps, and compare. Returns 0, or the exit code
    of the command that failed. Raises :class:`UserError` when too little is labelled."""
    for package in ("paddle", "pydantic"):
        require_package(package)
    train, val = label_files(folder)
    run = output or other_name(REPOSITORY / "output" / f"{folder.resolve().name}_improved")
    run = run.resolve()

    def tool(title: str, name: str, *words: object) -> int:
        command = [*start_of(name), *map(str, words)]
        print(f"\n{title}: {command_line([python(), *command])}", flush=True)
        return run_child([interpreter, *command])

    checked = ["--labels", train, "--val-labels", val, "--output", run / "data_check"]
    tool("check the labels", "check_data.py", *checked)  # lines with errors are left out
    used = better_model(folder) or PUBLISHED
    before = ["--model", used, "--labels", val, "--output", run / "before", "--no-plots"]
    if code := tool("read the held-out lines as it is", "eval.py", *before):
        return code
    scores = _scores(_counts(run / "before", val))
    words = settings(run, train, val, is_near=scores["cer"] < _NEAR)
    if code := tool("train the published model on the others", "train.py", *words):
        return code
    language = tool("a language model", "language_model.py", "--model", run, "--labels", val)
    after = ["--model", run, "--labels", val, "--output", run / "after", "--no-plots"]
    if code := tool("read the held-out lines again", "eval.py", *after):
        return code
    print(report(folder, run, val, used, with_language=language == 0))
    return 0


def better_model(folder: Path) -> Path | None:
    """The one that :func:`improve` left for label.py, if it is still there."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        path = Path(json.loads(read_text(folder / HOME / MODEL))["model"])
        return path if path.exists() else None
    return None


def label_files(folder: Path) -> tuple[Path, Path]:
    """train.txt and val.txt of a folder that was labelled, whole paths."""
    if not folder.is_dir():
        raise UserError(f"{folder}: there is no such folder", "what label.py was given")
    home = folder / HOME
    data = (home if (home / "train.txt").is_file() else folder).resolve()
    train, val = data / "train.txt", data / "val.txt"
    if not train.is_file() or not read_text(train).strip():
        raise UserError(
            f"{train} holds no labelled line", "lines to train on", tool_command("label.py", folder)
        )
    held = len(read_text(val).splitlines()) if val.is_file() else 0
    if held < FEWEST:
        raise UserError(
            f"{val} holds {held} lines",
            f"{FEWEST} or more that training does not see, to say what it gained",
            _keep_more(folder, train, val),
        )
    return train, val


def _keep_more(folder: Path, train: Path, val: Path) -> str:
    """A command after which enough lines are held out: with another share, if one keeps them."""
    boxes, log = train.parent / "boxes.jsonl", folder / HOME / "log.jsonl"
    label = tool_command("label.py", folder)
    if train.parent.name == HOME and boxes.is_file():
        pages = [tail(json.loads(row)["page"]) for row in label_rows(boxes)]
    elif log.is_file() and '"file":"t' not in read_text(log):  # a label file that was there stays
        groups = CropGroups()
        crops = [row.partition("\t")[0] for path in (train, val) for row in label_rows(path)]
        for crop in crops:
            groups.look_at(crop)
        pages = [groups.of(crop) for crop in crops]
    else:
        pages = []
    for share in (0.2, 0.3, 0.5):
        if FEWEST <= sum(is_validation(page, share) for page in pages) < len(pages):
            return f"keep more for val.txt: {label} --val {share}"
    return f"label more pages, or lines: {label}"


def settings(run: Path, train: Path, val: Path, is_near: bool) -> list[str]:
    """Arguments of train.py. Few lines of a kind that the model reads already (``is_near``) make
    the whole network forget more than it learns: the backbone is frozen, which is also four times
    as fast on a CPU (output/LOG.md)."""
    lines = len(read_text(train).splitlines())
    steps = max(1, lines // _BATCH)
    epochs = max(15, -(-_STEPS // steps))
    small = {
        "Global.freeze": ["^backbone\\."],
        "Global.max_steps": _SHORT,
        "Optimizer.lr.warmup_steps": _SHORT // 10,
    }
    values = {
        "Global.save_model_dir": run,
        "Global.save_res_path": run / "predicts_rec.txt",
        "Global.infer_img": val,
        "Global.epoch_num": epochs,
        "Global.eval_batch_step": [0, max(_LOOK, epochs * steps // _LOOKS)],
        "Global.early_stop": {"metric": "cer", "patience": _PATIENCE},
        "Train.dataset.data_dir": train.parent,
        "Train.dataset.label_file_list": [str(train)],
        "Eval.dataset.data_dir": val.parent,
        "Eval.dataset.label_file_list": [str(val)],
        **(small if is_near and lines < _SMALL else {}),
    }
    config = resource("configs", "rec_finetune.yml")
    return ["-c", str(config), "-o", *(override(*each) for each in values.items())]


def _counts(evaluated: Path, val: Path) -> list[Counts]:
    """Of the held-out lines, as eval.py read them."""
    from ppocr_ext.scores.pairs import read_pairs
    from ppocr_ext.scores.recognition import count_line

    pairs = read_pairs(evaluated / f"{val.stem}.predictions.txt", val).lines
    return [count_line(each.prediction, each.truth) for each in pairs]


def _scores(counts: list[Counts]) -> dict[str, float]:
    from ppocr_ext.scores.recognition import score, total

    return score(total(counts))


def report(folder: Path, run: Path, val: Path, used: Path, with_language: bool) -> str:
    """What was gained on the held-out lines; a better model is left for label.py."""
    import numpy as np

    from ppocr_ext.scores.recognition import share_interval

    old, new = (_counts(run / part, val) for part in ("before", "after"))
    scores = [_scores(old), _scores(new)]
    fewer = np.array([a.edits - b.edits for a, b in zip(old, new, strict=True)])
    gain = share_interval(fewer, np.array([count.characters for count in old]))
    lines = [
        f"\n{len(old)} held-out lines: {used.name}, then the model trained on yours",
        *(f"  {key:<4}{scores[0][key]:8.4f}{scores[1][key]:10.4f}" for key in ("acc", "cer")),
        f"  CER is lower by {scores[0]['cer'] - scores[1]['cer']:.4f} "
        f"(95 %: {gain.low:.4f} to {gain.high:.4f}); these lines also chose the checkpoint",
        f"  language model: {'built from your lines' if with_language else 'does not help'}",
    ]
    if scores[1]["cer"] >= scores[0]["cer"]:
        lines.append("no gain: label.py keeps the model that it has; label more lines")
        return "\n".join(lines)
    write_text(folder / HOME / MODEL, json.dumps({"model": str(run)}) + "\n")
    lines += [
        f"model: {run}",
        f"what is not labelled yet is read again with it: {tool_command('label.py', folder)}",
        f"read your own: {tool_command('infer_rec.py', '--model', run, '--images', 'FOLDER')}",
    ]
    return "\n".join(lines)
