"""Imports run downward only."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from ppocr_ext.runtime import REPOSITORY

PACKAGE = REPOSITORY / "ppocr_ext"

# A part imports only parts of earlier rows, and nobody imports tools or tests.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("ranking", "runtime"),
    ("console",),
    ("errors", "show"),
    ("files", "locks", "packages"),
    ("checksums", "appended"),
    ("text", "download", "narrow", "outputs"),
    ("config", "checkpoint", "records", "coedited"),
    ("runs", "transforms"),
    ("synth", "upstream", "tensors", "web"),
    ("data",),
    ("models", "losses", "scores"),
    ("report",),
    ("export",),
    ("engine", "workspace"),
    ("infer",),
    ("pages",),
    ("sweep", "importing", "kept_pages", "ocrmypdf_plugin"),
    ("publishing", "labelling"),
    ("cli",),
    ("__main__",),
)
TOOLS = sorted((REPOSITORY / "tools").glob("*.py"))
LEVEL = {part: level for level, parts in enumerate(LAYERS) for part in parts}
IMPORTS_PADDLE = frozenset(
    {
        "upstream",
        "tensors",
        "models",
        "losses",
        "engine",
        "infer",
        "export",
        "publishing",
    }
)
# pytest puts tests/ on the path, so that its files are top-level names too.
OUTSIDE = {"", "tools", "tests", *(path.stem for path in (REPOSITORY / "tests").iterdir())}
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """(dotted name, line) of every import, also inside functions; ``from a import b`` is a.b."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)


def at_top(path: Path) -> Iterator[str]:
    """What a file imports as soon as it is imported itself."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def part_of(path: Path) -> str:
    """The part of ``ppocr_ext`` that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def may_import(own: str, imported: list[str]) -> bool:
    """Whether a file of the part ``own`` may import a dotted name, given as its pieces."""
    if imported[0] in OUTSIDE:
        return False
    if imported[0] != "ppocr_ext" or imported[1] in (own, "__version__"):
        return True
    return LEVEL[imported[1]] < LEVEL[own]


def name(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def test_every_part_has_its_layer() -> None:
    assert {part_of(path) for path in FILES} <= LEVEL.keys()


def test_imports_run_downward() -> None:
    wrong = [
        f"{name(path)}:{line} imports {imported}"
        for path in FILES
        for imported, line in imports(path)
        if not may_import(part_of(path), imported.split("."))
    ]
    assert not wrong


def test_an_upward_import_is_found() -> None:
    assert may_import("data", ["ppocr_ext", "transforms", "resize"])
    assert may_import("data", ["numpy"])
    assert may_import("engine", ["ppocr_ext", "__version__"])
    assert not may_import("data", ["ppocr_ext", "engine", "loop"])
    assert not may_import("config", ["ppocr_ext", "records"])
    assert not may_import("engine", ["tools", "train"])
    assert not may_import("publishing", ["tests", "bench", "accuracy"])
    assert not may_import("publishing", ["bench", "accuracy"])
    assert not may_import("engine", ["toy"])
    assert not may_import("engine", ["", "loop"])  # from .loop


def test_tools_import_neither_each_other_nor_tests() -> None:
    wrong = [
        f"{name(path)}:{line} imports {imported}"
        for path in TOOLS
        for imported, line in imports(path)
        if imported.split(".")[0] in OUTSIDE
    ]
    assert not wrong


def test_only_upstream_touches_ppocr() -> None:
    sources = [*FILES, *TOOLS, *(REPOSITORY / "tests" / "bench").rglob("*.py")]
    touching = {
        name(path)
        for path in sources
        for imported, _ in imports(path)
        if imported.split(".")[0] in ("ppocr", "unstructured_paddleocr")
    }
    assert touching <= {"ppocr_ext/upstream.py"}


def test_hooks_and_loop_know_only_the_base_hook() -> None:
    hooks = PACKAGE / "engine" / "hooks"
    wrong = {
        f"{name(path)} imports {imported}"
        for path in [*hooks.glob("*.py"), PACKAGE / "engine" / "loop.py"]
        for imported, _ in imports(path)
        if imported.startswith("ppocr_ext.engine.hooks.")
        and not imported.startswith("ppocr_ext.engine.hooks.base.")
        and path.name != "__init__.py"
    }
    assert not wrong


def test_paddle_free_parts_import_no_paddle_at_any_depth() -> None:
    modules = [
        ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")
        for path in FILES
        if part_of(path) not in IMPORTS_PADDLE
        and (path.name != "ocrmypdf_plugin.py" or find_spec("ocrmypdf"))  # not on Python 3.10
    ]
    code = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    importlib.import_module(name)\n"
        "    if {'paddle', 'ppocr'} & sys.modules.keys(): sys.exit('paddle comes with ' + name)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *modules],
        cwd=REPOSITORY,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_workspace_and_what_it_needs_are_standard_library_until_a_function_runs() -> None:
    paths = [*(PACKAGE / "workspace").glob("*.py"), REPOSITORY / "tools" / "workspace.py"]
    paths += [PACKAGE / f"{part}.py" for part in ("console", "runtime", "errors", "files")]
    allowed = sys.stdlib_module_names | {"ppocr_ext"}
    wrong = {
        f"{name(path)} imports {imported}"
        for path in paths
        for imported in at_top(path)
        if imported.split(".")[0] not in allowed
    }
    assert not wrong


@pytest.mark.parametrize(
    ("script", "absent"),
    [
        ("import ppocr_ext.report.commands", {"numpy", "pydantic", "paddle"}),
        (
            "from ppocr_ext.infer import Recognizer; Recognizer(engine='onnxruntime')",
            {"pydantic", "paddle", "openvino", "rapidfuzz", "email", "ppocr_ext.records.jsonl"},
        ),
        ("import ppocr_ext.scores.pairs", {"cv2", "numpy", "yaml", "rapidfuzz"}),
    ],
    ids=["report", "recognizer", "what the quickstart reads"],
)
def test_what_starts_light(script: str, absent: set[str]) -> None:
    """Reports and reading start without what only training needs."""
    listing = f"import sys; {script}; print(*sys.modules)"
    command = [sys.executable, "-c", listing]
    ended = subprocess.run(
        command, cwd=REPOSITORY, check=True, stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert not absent & set(ended.stdout.split())


def test_the_readme_of_the_rooms_names_what_there_is() -> None:
    text = (PACKAGE / "README.md").read_text(encoding="utf-8")
    rows = [line.split("|")[2] for line in text.splitlines() if line[:3].strip("| ").isdigit()]
    rooms = [re.findall(r"`(\w+)(?:/|\.py)`", row) for row in rows]
    assert [set(row) for row in rooms] == [set(row) for row in LAYERS]
    named = re.findall(r"`([\w/]+/[\w.]*)`", text)
    roots = (PACKAGE, REPOSITORY)
    assert [one for one in named if not any((root / one).exists() for root in roots)] == []
