"""The table of cures: where each is printed, what provokes it, and what typing it does."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from cures.bench import Bench, commands


class Cure(NamedTuple):
    """One row.

    places: as in :mod:`cures.places`. provoke: gets the message; once more, after the cure, it does
    not. error: what the message says. which: of several commands. more: words behind the command,
    which make its work small. itself: the command takes the place of the first one. after: another
    error that may come then, the next on the way. shows: what the command prints, where it only
    says what is wrong. only_understood: why the command is not run.
    """

    name: str
    places: tuple[str, ...]
    provoke: Callable[[Bench], str]
    error: str
    which: int = 0
    more: Callable[[Bench], list[object]] = lambda bench: []
    itself: bool = False
    after: str = ""
    shows: str = ""
    only_understood: str = ""


def execute(cure: Cure, bench: Bench) -> None:
    """Provoke the error, type the cure, see the error gone."""
    text = cure.provoke(bench)
    assert cure.error in text, text
    command = commands(text)[cure.which]
    if cure.only_understood:
        bench.accepts(command)
        return
    typed = bench.type(command, *cure.more(bench))
    assert "usage: " not in typed and cure.shows in typed, typed
    again = typed if cure.itself else "" if cure.shows else cure.provoke(bench)
    assert cure.error not in again, again
    failed = again.startswith("error:") or again.endswith("exit code 2")
    assert not failed or (cure.after and cure.after in again), again
