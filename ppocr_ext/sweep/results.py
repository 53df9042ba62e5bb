"""A study as ranked rows, from its storage alone: every machine shows the same."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from ppocr_ext.ranking import best_of, rank
from ppocr_ext.show.formats import count, show
from ppocr_ext.sweep.load import Values
from ppocr_ext.sweep.schema import Sweep

_STATUS = {
    TrialState.COMPLETE: "complete",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
    TrialState.WAITING: "waiting",
}


@dataclass(frozen=True)
class Row:
    """One trial. evals: its evaluations, each with ``percent`` of its steps and ``seconds``."""

    number: int
    name: str
    values: Values
    status: str
    reason: str = ""
    best: Mapping[str, Any] = field(default_factory=dict)
    evals: Sequence[Mapping[str, Any]] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def score(self, metric: str) -> float | None:
        return self.best.get(metric)

    @property
    def is_whole(self) -> bool:
        """Whether it was trained to its end, so that it may be compared."""
        return self.status == "complete"


@dataclass(frozen=True)
class Results:
    """Everything that tables, plots and sentences are made from; rows: the best one first."""

    sweep: Sweep
    rows: list[Row]
    importances: dict[str, float]

    @property
    def best(self) -> Row | None:
        """The best of the trials that were trained to their end."""
        return next((row for row in self.rows if row.is_whole), None)


def read_results(sweep: Sweep, study: optuna.Study) -> Results:
    """The study as it is now."""
    trials = [t for t in study.get_trials(deepcopy=False) if "fixed_params" in t.system_attrs]
    rows = [_row(sweep, trial) for trial in trials]
    rows.sort(key=lambda row: _order(row, sweep))
    return Results(sweep, rows, _importances(sweep, study, rows))


def _row(sweep: Sweep, trial: FrozenTrial) -> Row:
    facts = trial.user_attrs
    evals = facts.get("evals", [])
    reason, status = facts.get("reason", ""), _STATUS.get(trial.state)
    if status is None:
        status = "stopped" if reason else "running"
    values = dict(trial.params or trial.system_attrs["fixed_params"])
    best = best_of(evals, sweep.metric, dict) or {}
    name = facts.get("configuration") or f"trial {trial.number}"
    return Row(trial.number, name, values, status, reason, best, evals, facts)


def _order(row: Row, sweep: Sweep) -> tuple[int, Any, int]:
    """Whole trials first, then those with evaluations, then the others; the best first."""
    score = row.score(sweep.metric)
    group = 0 if row.is_whole else 1 if score is not None else 2
    return group, rank(sweep.metric)(row.best), row.number


def _importances(sweep: Sweep, study: optuna.Study, rows: Sequence[Row]) -> dict[str, float]:
    """Each dimension's share in what sets the best trials apart (PED-ANOVA, IJCAI 2023).

    Empty while fewer than three trials have reached their end, or all are equal.
    """
    scores = [row.best[sweep.metric] for row in rows if row.is_whole]
    if len(scores) < 3 or len(set(scores)) < 2:
        return {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # few trials: the pages say so
        shares = optuna.importance.get_param_importances(study)
    return {name: share for name, share in shares.items() if share > 0.005}


# ---- as text

_SETS = "cer_of_sets"  # of an evaluation
TITLES = ("rank", "configuration", "parameters", "batch", "rate", "best acc", "CER", "minutes")


def titles(sweep: Sweep) -> list[str]:
    return [*TITLES, "status", *_shown(sweep), "reason"]


def table_rows(results: Results) -> list[list[str]]:
    """Cells for :func:`titles`; only trials that reached their end have a rank."""
    cells, rank = [], 0
    for row in results.rows:
        rank += row.is_whole
        cells.append([str(rank) if row.is_whole else "–", *_cells(row, results.sweep)])
    return cells


def sets_table(results: Results) -> list[list[str]]:
    """CER of each set of ``Eval.sets`` at the best evaluation, under a line of titles; may be
    empty."""
    measured = {row.name: row.best[_SETS] for row in results.rows if row.best.get(_SETS)}
    sets = list(dict.fromkeys(name for scores in measured.values() for name in scores))
    rows = [
        [name, *(show("cer", scores.get(each)) for each in sets)]
        for name, scores in measured.items()
    ]
    return [["configuration", *sets], *rows] if rows else []


def _shown(sweep: Sweep) -> list[str]:
    """Dimensions that have no column of their own already."""
    return [name for name in sweep.dimensions if name not in TITLES]


def _cells(row: Row, sweep: Sweep) -> list[str]:
    facts = row.facts
    parameters, resumes = facts.get("parameters"), facts.get("resumes", [])
    reason = row.reason.splitlines()[0] if row.reason else ""
    if resumes:
        steps = ", ".join(map(str, resumes))
        reason = "; ".join(filter(None, [reason, f"continued from step {steps}"]))
    return [
        row.name,
        f"{parameters / 1e6:.2f} M" if parameters else "–",
        count(facts["batch"]) if "batch" in facts else "–",
        f"{facts['rate']:.2g}" if "rate" in facts else "–",
        show("acc", row.score("acc")),
        show("cer", row.score("cer")),
        f"{facts['seconds'] / 60:.1f}" if "seconds" in facts else "–",
        row.status,
        *(_value(row.values.get(name)) for name in _shown(sweep)),
        reason,
    ]


def _value(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
