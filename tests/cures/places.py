"""Where the product prints a command that a user is to type, found in its source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ppocr_ext.runtime import REPOSITORY

COMMAND = re.compile(
    r"\bpython (?:-m \w+|tools/\w+\.py)|\b(?:pip|npm|apt|apt-get) install\b|\bgit checkout\b"
    r"|\bset TEMP=|\breg add\b"
)
# What renders a command. command: of a Config, which knows how it was named.
RENDERS = {
    "command_line",
    "in_environment",
    "setup_command",
    "tool_command",
    "typed_here",
    "way_to",
    "instead",
    "once_more",
    "command",
}
# Pages of documentation, made from the source; not messages. console.py renders, and says nothing.
PAGES = {
    "ppocr_ext/config/reference.py",
    "ppocr_ext/console.py",
    "ppocr_ext/models/table.py",
    "ppocr_ext/publishing/card.py",
    "ppocr_ext/sweep/reference.py",
    "ppocr_ext/text/compare.py",
}


def places() -> set[str]:
    """``file:function`` of each place, ``file:`` of a command at the top of a module."""
    found = set()
    for folder in ("ppocr_ext", "tools", "tests/bench"):
        for path in (REPOSITORY / folder).rglob("*.py"):
            name = path.relative_to(REPOSITORY).as_posix()
            if name not in PAGES:
                tree = ast.parse(path.read_text(encoding="utf-8"))
                found |= {f"{name}:{function}" for function in _functions(tree, "")}
    return found


def _functions(node: ast.AST, function: str) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            yield from _functions(child, f"{function}.{child.name}".lstrip("."))
        elif isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue  # a docstring
        else:
            if _prints_command(child):
                yield function
            yield from _functions(child, function)


def _prints_command(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and COMMAND.search(node.value) is not None
    if isinstance(node, ast.Call):
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        return name in RENDERS
    return False
