"""The ledger of injected faults, shared by all fault tests and shown at the end of the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ppocr_ext.show.tables import markdown_table


class Ledger:
    """Faults tried and survived, by kind."""

    def __init__(self) -> None:
        self.tried: Counter[str] = Counter()
        self.survived: Counter[str] = Counter()

    @contextmanager
    def fault(self, kind: str) -> Iterator[None]:
        """Around one injected fault and the assertions that nothing was lost by it."""
        self.tried[kind] += 1
        yield
        self.survived[kind] += 1

    def table(self) -> list[str]:
        """In Markdown, as the README holds it."""
        rows = [(kind, tried, self.survived[kind]) for kind, tried in sorted(self.tried.items())]
        rows.append(("all", sum(self.tried.values()), sum(self.survived.values())))
        cells = [
            (kind, str(tried), str(survived), str(tried - survived))
            for kind, tried, survived in rows
        ]
        head = ("fault", "tried", "survived", "lost")
        return markdown_table(head, cells, is_markdown=True).splitlines()


_LEDGER = Ledger()


@pytest.fixture(scope="session")
def ledger() -> Ledger:
    return _LEDGER


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the table to the process that prints it: this one, or the one that started it."""
    if _LEDGER.tried:
        session.config.faults = _LEDGER.table()
        getattr(session.config, "workeroutput", {})["faults"] = _LEDGER.table()
