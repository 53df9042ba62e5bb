"""Rules about the evaluations: what they show, how sure the model is, if they can be trusted."""

from __future__ import annotations

import statistics
from itertools import pairwise
from pathlib import Path

from ppocr_ext.errors import UserError
from ppocr_ext.records.lines import decode_lines
from ppocr_ext.records.records import value
from ppocr_ext.report.diagnosis.series import numbers
from ppocr_ext.report.report import Finding, Report
from ppocr_ext.report.sets import MAIN, key_of, set_names
from ppocr_ext.runs.history import lookup
from ppocr_ext.show.formats import count, counted, duration

SURE = 0.9  # a 95th percentile above this has no room to rise
LEAST_EVALS, LEAST_RISE = 5, 0.01
MOST_LABELS = 2000  # validation lines whose characters are checked


def tones_wrong(report: Report) -> Finding | None:
    """Most lines that are wrong are right without their marks."""
    last = report.latest
    acc, blind = value(last, "acc"), value(last, "unaccented_acc")
    if last is None or acc is None or blind is None or acc >= 0.99 or blind < 0.3:
        return None
    share = (blind - acc) / (1 - acc)
    if share < 0.4:
        return None
    return Finding(
        "tones_wrong",
        "info",
        "Letters right, marks wrong",
        f"{share:.0%} of the lines that are wrong at step {count(last.step)} are right without "
        f"their marks: acc {acc:.4f}, unaccented acc {blind:.4f}",
        "Train on lines whose marks are hard to see: small print, low resolution, tails of the "
        "line above; keep the height of 48 pixels and do not blur tones away in augmentation.",
    )


def too_long(report: Report) -> Finding | None:
    """CER above 100 %: what is read is longer than what is there."""
    last = report.latest
    cer = value(last, "cer")
    if last is None or cer is None or cer <= 1:
        return None
    return Finding(
        "cer_above_one",
        "warning",
        "The character error rate is above 100 %",
        f"CER {cer:.2f} at step {count(last.step)}: readings are longer than the truth",
        "Usual with a random head in the first steps, or with a decoder that does not stop. If it "
        "stays, the dictionary of the labels is not the dictionary of the model.",
    )


def none_yet(report: Report) -> Finding | None:
    """Training continues, nothing was evaluated."""
    plan, last = report.history.plan, report.history.train.last
    if report.evals or last is None:
        return None
    overdue = plan.eval_every is not None and last.step > plan.eval_start + 2 * plan.eval_every
    return Finding(
        "no_evaluation",
        "warning" if overdue or plan.eval_every is None else "info",
        "No evaluation yet",
        f"{count(last.step)} steps"
        + (f", one was due every {count(plan.eval_every)}" if plan.eval_every else ""),
        "Set Global.eval_batch_step: [0, 1000] and an Eval section, else no best model is kept.",
    )


def too_rare(report: Report) -> Finding | None:
    """Hours between evaluations."""
    times = [p.time for p in report.evals if p.time is not None]
    if len(times) < 3:
        return None
    gap = statistics.median(b - a for a, b in pairwise(times))
    if gap < 3 * 3600:
        return None
    return Finding(
        "evaluates_rarely",
        "info",
        "Evaluations are far apart",
        f"{duration(gap)} between two of them",
        "Evaluate about once an hour (Global.eval_batch_step): less is lost when a run must end.",
    )


def too_slow(report: Report) -> Finding | None:
    """A large part of the time goes into evaluation."""
    evals = [p for p in report.evals if p.time is not None and value(p, "seconds") is not None]
    if len(evals) < 3:
        return None
    whole = (evals[-1].time or 0) - (evals[0].time or 0)
    spent = sum(point.values["seconds"] for point in evals[1:])
    if whole <= 0 or spent < 0.2 * whole:
        return None
    return Finding(
        "evaluates_slowly",
        "info",
        "Evaluation takes much of the time",
        f"{spent / whole:.0%} of it; {duration(spent / (len(evals) - 1))} each",
        "Evaluate less often, or on 1,000 to 2,000 lines chosen at random once.",
    )


def too_small(report: Report) -> Finding | None:
    """Too few validation lines for the differences that are looked at."""
    lines = numbers(report.evals[-1:], "n")
    if not lines or lines[0] >= 200:
        return None
    acc = value(report.latest, "acc") or 0.5
    error = 2 * (max(acc * (1 - acc), 0.01) / lines[0]) ** 0.5
    return Finding(
        "few_validation_lines",
        "info",
        "Few validation lines",
        f"{counted(lines[0], 'line')}: acc is known to about ±{error:.2f}",
        "Smaller differences mean nothing; take at least 400 lines.",
    )


def flattered(report: Report) -> Finding | None:
    """Options of the metric that count wrong lines as right."""
    metric = lookup(report.config, "Metric") or {}
    counted = []
    if metric.get("name") == "RecMetric" and metric.get("ignore_space", True):
        counted.append("spaces are ignored (ViệtNam counts as Việt Nam)")
    if metric.get("is_filter"):
        counted.append("all but ASCII letters and digits is ignored (Vit counts as Việt)")
    if not counted:
        return None
    return Finding(
        "flattering_metric",
        "warning",
        "The accuracy looks better than it is",
        "in Metric, " + " and ".join(counted),
        "Set Metric.ignore_space: false and Metric.is_filter: false before comparing numbers.",
    )


def outside_dictionary(report: Report) -> Finding | None:
    """Validation labels hold characters that the model cannot emit.

    Stock PaddleOCR drops them from the truth, too, so that such lines count as right.
    """
    characters = _dictionary(report)
    if not characters:
        return None
    labels = [text for file in _label_files(report) for text in _labels(file)][:MOST_LABELS]
    missing = [set(label) - characters for label in labels]
    bad = [found for found in missing if found]
    if not bad:
        return None
    letters = "".join(sorted(set().union(*bad)))[:40]
    return Finding(
        "outside_dictionary",
        "warning",
        "Labels hold characters outside the dictionary",
        f"{count(len(bad))} of {count(len(labels))} validation lines: {letters}",
        (
            "These lines count as errors. "
            if report.is_ours
            else "Stock PaddleOCR drops the characters from the truth: its accuracy is too high. "
        )
        + "Add them to the dictionary, or correct the labels.",
    )


def _dictionary(report: Report) -> set[str]:
    """The characters that the model can emit; empty when the file is not here."""
    from ppocr_ext.text.charset import Charset

    path = lookup(report.config, "Global.character_dict_path")
    space = bool(lookup(report.config, "Global.use_space_char"))
    if not isinstance(path, str) or not Path(path).is_file():
        return set()
    try:
        charset = Charset.load(Path(path), use_space_char=space, strict=False)
    except (UserError, OSError):
        return set()
    return {*charset.characters, *([" "] if space else [])}


def _label_files(report: Report) -> list[Path]:
    names = lookup(report.config, "Eval.dataset.label_file_list")
    names = names if isinstance(names, list) else [names]
    return [Path(n) for n in names if isinstance(n, str) and Path(n).is_file()]


def _labels(file: Path) -> list[str]:
    from collections import Counter

    with open(file, "rb") as stream:
        lines = decode_lines(stream.read(1 << 20), Counter())
    return [line.split("\t", 1)[1] for line in lines if "\t" in line]


def does_not_rise(report: Report) -> Finding | None:
    """The surest lines of a set are no surer than five evaluations ago, and far from sure."""
    flat: list[str] = []
    for name in set_names(report.evals) or [MAIN]:
        having = [p for p in report.evals if key_of(name, "confidence_p95") in p.values]
        recent = having[-LEAST_EVALS:]
        ceilings = numbers(recent, key_of(name, "confidence_p95"))
        if len(ceilings) < LEAST_EVALS or not 0 < max(ceilings) < SURE:
            continue
        if max(ceilings[1:]) - ceilings[0] < LEAST_RISE:
            since = f"{ceilings[0]:.3f} at step {count(recent[0].step)}"
            flat.append(f"{name} {since}, {ceilings[-1]:.3f} at step {count(recent[-1].step)}")
    if not flat:
        return None
    return Finding(
        "confidence_flat",
        "warning",
        "Confidence does not rise",
        f"95th percentile of the lines' confidence: {'; '.join(flat)}",
        "Not even the clearest lines are read with certainty: the model does not yet read "
        "characters as parts of a line, or such lines and labels are missing in training. Look at "
        "the labels of these lines, add lines of their kind, and give the rate more time.",
    )
