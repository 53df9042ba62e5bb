"""The Optuna study behind a sweep: made or joined, its trials queued and taken.

Every trial is queued when the study is made, those that the sampler is to choose without values.
Machines take them from one queue, so the number of trials is exact however many machines there are.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import optuna
from optuna.trial import Trial, TrialState

from ppocr_ext.errors import UserError
from ppocr_ext.locks import Lock
from ppocr_ext.outputs import once_more
from ppocr_ext.sweep.load import Values, planned
from ppocr_ext.sweep.schema import Dimension, Sweep

JOIN_SECONDS = 60  # within which the machine that makes a study has queued its trials
_READY, _SPACE = "ready", "dimensions"

optuna.logging.set_verbosity(optuna.logging.WARNING)


def open_study(sweep: Sweep, begin: bool, join: bool) -> optuna.Study:
    """The study of ``sweep``: made when ``begin``, found when ``join``.

    Raises:
        UserError: it is there and should not be, or is not and should be, or differs.
    """
    with storage_errors(sweep):
        storage = _storage(sweep)
        known = {study.study_name for study in optuna.get_all_study_summaries(storage, False)}
        if sweep.study in known:
            if not join:
                raise UserError(
                    f"the study {sweep.study} was already started",
                    "a new name for a new study",
                    f"continue it, or join it from another machine: {once_more('--resume')}",
                )
            study = _join(sweep, storage)
        elif begin:
            study = _make(sweep, storage)
        else:
            raise UserError(
                f"there is no study {sweep.study} yet",
                cure="start it first: the same command without --status or --output",
            )
    return study


def queue(study: optuna.Study, sweep: Sweep) -> None:
    """Queue the planned trials that are not in the study yet."""
    trials = study.get_trials(deepcopy=False)
    names = {trial.user_attrs.get("configuration") for trial in trials}
    sampled = sum(trial.system_attrs.get("fixed_params") == {} for trial in trials)
    for name, values in planned(sweep):
        if values:
            if name is None or name not in names:
                attributes = {"configuration": name}
                study.enqueue_trial(values, user_attrs=attributes, skip_if_exists=name is None)
        elif sampled:
            sampled -= 1
        else:
            study.enqueue_trial({}, user_attrs={"configuration": None})
    study.set_user_attr(_READY, True)


def take(study: optuna.Study, sweep: Sweep) -> tuple[Trial, Lock] | None:
    """A trial of this machine that no process trains any more, else the next of the queue."""
    for frozen in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        if frozen.user_attrs.get("host") == socket.gethostname():
            lock = _lock_of(sweep, frozen.number)
            if lock.acquire():
                return Trial(study, frozen._trial_id), lock
    if not study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
        return None
    trial = study.ask()
    if (
        "fixed_params" not in study.get_trials(deepcopy=False)[trial.number].system_attrs
    ):  # another machine was faster: this one is extra
        study.tell(trial, state=TrialState.FAIL)
        return None
    lock = _lock_of(sweep, trial.number)
    lock.acquire()
    trial.set_user_attr("host", socket.gethostname())
    return trial, lock


def values_of(trial: Trial, sweep: Sweep) -> Values:
    """Each dimension's value: as queued, or from the sampler.

    What is random depends on the trial's number only, not on the machine or on a restart.
    """
    trial.study.sampler = _sampler(sweep, trial.number)
    return {name: _suggest(trial, name, each) for name, each in sweep.dimensions.items()}


def _suggest(trial: Trial, name: str, dimension: Dimension) -> Any:
    if dimension.options is not None:
        return trial.suggest_categorical(name, dimension.options)
    low, high = dimension.low or 0.0, dimension.high or 0.0
    if dimension.whole:
        return trial.suggest_int(name, int(low), int(high), log=dimension.log)
    return trial.suggest_float(name, low, high, log=dimension.log)


def is_held(sweep: Sweep, number: int) -> bool:
    """Whether a process of this machine trains the trial."""
    lock = _lock_of(sweep, number)
    if not lock.acquire():
        return True
    lock.release()
    return False


def _lock_of(sweep: Sweep, number: int) -> Lock:
    return Lock(sweep.path / "locks" / f"{number:03d}.lock")


def _make(sweep: Sweep, storage: optuna.storages.BaseStorage) -> optuna.Study:
    try:
        study = optuna.create_study(
            study_name=sweep.study,
            storage=storage,
            direction=sweep.direction,
            sampler=_sampler(sweep),
            pruner=_pruner(sweep),
        )
    except optuna.exceptions.DuplicatedStudyError:  # another machine began in this instant
        return _join(sweep, storage)
    study.set_user_attr(_SPACE, _space(sweep))
    queue(study, sweep)
    return study


def _join(sweep: Sweep, storage: optuna.storages.BaseStorage) -> optuna.Study:
    study = optuna.load_study(
        study_name=sweep.study, storage=storage, sampler=_sampler(sweep), pruner=_pruner(sweep)
    )
    deadline = time.monotonic() + JOIN_SECONDS
    while not study.user_attrs.get(_READY) and time.monotonic() < deadline:
        time.sleep(0.5)
    old, new = study.user_attrs.get(_SPACE, {}), _space(sweep)
    changed = [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
    if changed:
        raise UserError(
            f"the study {sweep.study} was started with different dimensions: {', '.join(changed)}",
            "the same dimensions in every trial of a study",
            "choose another name: -o study=NAME",
        )
    return study


def _sampler(sweep: Sweep, number: int = 0) -> optuna.samplers.BaseSampler:
    """It keeps nothing between trials but what is in the storage."""
    rules = sweep.sampler
    seed = rules.seed * 100_003 + number
    if rules.name == "tpe":
        return optuna.samplers.TPESampler(seed=seed, n_startup_trials=rules.startup_trials)
    return optuna.samplers.RandomSampler(seed)


def _pruner(sweep: Sweep) -> optuna.pruners.BasePruner:
    rules = sweep.pruner
    if rules.name == "asha":
        return optuna.pruners.SuccessiveHalvingPruner(rules.min_percent, rules.reduction_factor)
    if rules.name == "hyperband":
        return optuna.pruners.HyperbandPruner(rules.min_percent, 100, rules.reduction_factor)
    return optuna.pruners.NopPruner()


def _space(sweep: Sweep) -> dict[str, Any]:
    """What must not change while a study runs, as it comes back from JSON."""
    space = {name: each.model_dump(mode="json") for name, each in sweep.dimensions.items()}
    for each in space.values():
        if isinstance(each["choices"], dict):
            each["choices"] = list(each["choices"])  # the pieces' paths differ by machine
    return dict(json.loads(json.dumps(space)))


def _storage(sweep: Sweep) -> optuna.storages.BaseStorage:
    if sweep.storage is not None:
        return optuna.storages.get_storage(sweep.storage)
    sweep.path.mkdir(parents=True, exist_ok=True)
    url = f"sqlite:///{(sweep.path / 'study.db').resolve().as_posix()}"
    return optuna.storages.RDBStorage(url, engine_kwargs={"connect_args": {"timeout": 60}})


@contextmanager
def storage_errors(sweep: Sweep) -> Iterator[None]:
    """A storage that cannot be reached, in one message without its password."""
    from sqlalchemy.exc import SQLAlchemyError

    where = (sweep.storage or "sqlite").split("://")[0]
    try:
        yield
    except (SQLAlchemyError, optuna.exceptions.StorageInternalError) as error:
        reason = str(error.__cause__ or error).splitlines()[0]
        raise UserError(
            f"the {where} storage of the study cannot be used: {reason}",
            "a URL such as mysql://user:password@host/database",
            "check the address, the database and its permissions",
        ) from None
    except ImportError as error:
        reason = str(error).splitlines()[0]
        raise UserError(
            f"the {where} storage of the study needs a driver: {reason}",
            cure="install the database's Python driver",
        ) from None
