"""What the page shows: which lines come first, how far it is, how good drafts are, how to train."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from ppocr_ext.appended import Row
from ppocr_ext.console import setup_command, tool_command
from ppocr_ext.labelling.drafts import Drafts
from ppocr_ext.labelling.lines import DECIDED, KINDS, Line
from ppocr_ext.labelling.project import Project
from ppocr_ext.labelling.state import State
from ppocr_ext.runtime import PUBLISHED
from ppocr_ext.scores.recognition import is_same_but_spelling, scored

QUEUES = ("lines", "sheet", "review", "spelling", "unsure", "all")
_CONFIDENT = 0.95  # drafts that are confirmed at a glance
_ENOUGH, _FEWEST = 50, 5  # labelled lines for a first evaluation, and for lines per hour


def facts(project: Project, drafts: Drafts) -> Row:
    """What the page needs when it opens."""
    paths = [project.files.path(name) for name in ("train.txt", "val.txt")]
    is_light = any(find_spec(name) is None for name in ("paddle", "albumentations", "pydantic"))
    return {
        "name": project.folder.resolve().name,
        "project": project.facts["id"],
        "version": project.state.version,
        "pages": len(project.state.pages),
        "warnings": project.warnings,
        "split": {p.stem: p.read_bytes().count(b"\n") if p.is_file() else 0 for p in paths},
        "train": {
            "command": tool_command("workspace.py", "improve", project.folder),
            "paths": [str(path) for path in paths],
            "install": setup_command("train") if is_light else "",
        },
        **progress(project, drafts),
    }


def progress(project: Project, drafts: Drafts) -> Row:
    """What changes while people work."""
    state, files = project.state, project.files
    lines = [line for line in state.lines.values() if line.is_shown]
    counts = dict.fromkeys(KINDS, 0) | Counter(line.kind for line in lines)
    reading: Row = {"read": sum(line.draft is not None for line in lines), "total": len(lines)}
    reading |= {"state": drafts.state, "error": drafts.error}
    reading["model"] = "/".join(Path(drafts.loaded or PUBLISHED).parts[-2:])
    hours, own = state.active / 3600, "waiting" if project.pause else "written"
    return {
        "counts": counts,
        "done": sum(counts[kind] for kind in DECIDED),
        "left": counts["todo"],
        "per_hour": round(state.worked / hours, 1) if hours and state.worked >= _FEWEST else None,
        "drafts": reading,
        "evaluation": evaluation(project),
        "files": [
            {"name": name, "state": "changed" if name in files.changed else own}
            for name in sorted(files.sums.keys() | files.changed)
        ],
    }


def evaluation(project: Project) -> Row | None:
    """Drafts against what people made of them, with 95 % intervals."""
    lines = [line for line in project.state.lines.values() if line.kind == "ok" and line.read]
    fair = [line for line in lines if line.read and line.read[1] == "random"]
    chosen = fair if len(fair) >= _ENOUGH else lines
    if len(chosen) < _ENOUGH:
        return None
    if project.evaluated is None or project.evaluated["n"] != len(chosen):
        pairs = [(line.read[0], line.now.text) for line in chosen if line.read]
        order = "random" if chosen is fair else "mixed"
        project.evaluated = {**scored(pairs), "order": order}
    return project.evaluated


def queue(state: State, name: str, order: str) -> list[Line]:
    """The lines of a queue, in order."""
    lines = [line for line in _by_page(state) if line.is_shown]
    if name == "all":
        return lines
    if name == "unsure":
        return [line for line in lines if line.kind in ("unsure", "bad")]
    if name in ("lines", "sheet"):
        lines = [line for line in lines if line.kind == "todo"]
        if name == "sheet":
            sure = [line for line in lines if (line.conf or 0) >= _CONFIDENT and line.draft]
            return _grouped([s for s in sure if s.now.typed is None], lambda s: -(s.conf or 0))
        if order == "random":
            random.Random(0).shuffle(lines)
        is_sorted = order == "uncertain"  # what is not read yet comes last
        return _grouped(lines, lambda x: 2 if x.conf is None else x.conf) if is_sorted else lines
    found = [
        line
        for line in lines
        if line.kind == "labelled" and line.draft not in (None, line.now.text) and not line.error
        if is_same_but_spelling(line.draft or "", line.now.text) == (name == "spelling")
    ]
    found.sort(key=lambda line: -(line.gap if line.gap is not None else -1e9))
    return [line for line in lines if line.kind == "conflict" and name == "review"] + found


def _by_page(state: State) -> Iterator[Line]:
    """Boxes as their pages are read, and other lines by number."""
    for page in state.pages.values():
        yield from (state.lines[n] for n in page.order)
    yield from (line for line in state.lines.values() if not line.p)


def _grouped(lines: list[Line], key: Callable[[Line], float]) -> list[Line]:
    """By ``key``, near copies behind the first of them."""
    first: dict[int, float] = {}
    for line in lines:
        group = line.copy_of or line.n
        first[group] = min(first.get(group, key(line)), key(line))
    groups = {line.n: line.copy_of or line.n for line in lines}
    return sorted(lines, key=lambda line: (first[groups[line.n]], groups[line.n], key(line)))
