"""Every tool answers --help at once, without any package, on any console, and says what it should;
options are called as they were in earlier versions, too."""

from __future__ import annotations

import argparse
import ast
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ppocr_ext.console import COMMANDS
from ppocr_ext.runtime import REPOSITORY

TOOLS = sorted((REPOSITORY / "tools").glob("*.py"))
TOOLS.append(REPOSITORY / "tests" / "bench" / "__main__.py")


@pytest.mark.parametrize("tool", TOOLS, ids=lambda path: path.name)
def test_help_needs_the_standard_library_only(tool: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-S", str(tool), "--help"],  # -S: no site-packages
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        encoding="ascii",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("usage: ")


@pytest.mark.parametrize("tool", TOOLS, ids=lambda path: path.name)
def test_a_tool_is_thin_and_ends_through_run_cli(tool: Path) -> None:
    source = tool.read_text(encoding="utf-8")
    assert source.endswith('if __name__ == "__main__":\n    sys.exit(run_cli(main))\n')
    assert "sys.path.insert(0, str(Path(__file__).resolve().parents[1]))" in source


def test_an_old_python_reads_workspace_py_as_far_as_its_message() -> None:
    source = (REPOSITORY / "tools" / "workspace.py").read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 7))
    guard = next(i for i, node in enumerate(tree.body) if isinstance(node, ast.If))
    names = {alias.name for node in tree.body[:guard] for alias in getattr(node, "names", [])}
    assert names == {"argparse", "sys", "Path"}


def load(tool: str) -> ModuleType:
    if tool == "bench":
        return import_module("bench.__main__")
    if tool != "workspace":
        return import_module(f"ppocr_ext.cli.{tool}")
    spec = spec_from_file_location("workspace_tool", REPOSITORY / "tools" / "workspace.py")
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def parser_of(tool: str, monkeypatch: pytest.MonkeyPatch) -> argparse.ArgumentParser:
    """The parser that a tool makes."""
    made = []

    def keep(self: argparse.ArgumentParser, *words: Any, **more: Any) -> argparse.Namespace:
        made.append(self)
        return argparse.Namespace(labels=[], files=[], run=[], runs=[])

    with monkeypatch.context() as patch:
        for name in ("parse_args", "parse_intermixed_args"):
            patch.setattr(argparse.ArgumentParser, name, keep)
        load(tool).parse([])
    return made[0]


def parts_of(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """``parser`` and those of its parts: ``workspace.py setup``."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.values()


NAMES = [*COMMANDS.values(), "workspace", "bench"]


@pytest.mark.parametrize("tool", NAMES)
def test_help_is_short_and_ends_with_examples_that_are_understood(
    tool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(REPOSITORY)
    for parser in parts_of(parser_of(tool, monkeypatch)):
        lines = parser.format_help().rstrip("\n").split("\n")
        assert len(lines) <= 45 and max(map(len, lines)) <= 100, parser.prog
        if tool == "bench" and parser.prog != "python tests/bench":
            continue  # whose parts have no examples
        assert lines[-4:-2] == ["", "examples:"], parser.prog
        for line in lines[-2:]:
            understood(line.strip())


def understood(command: str) -> None:
    """The tool exists and takes the words; files of the repository among them are there."""
    _, tool, *words = shlex.split(command.replace("ppocr-ext", "python -m ppocr_ext"))
    if tool == "-m":
        tool = f"tools/{COMMANDS[words[1]]}.py"
        words = words[2:]
    assert load(Path(tool).stem).parse(words) is not None
    for word in words:
        named = word.startswith(("configs/", "dicts/", "tests/", "output/vi_PP-OCRv6_small_rec"))
        assert not named or (REPOSITORY / word).exists(), word


@pytest.mark.parametrize("tool", NAMES)
def test_every_option_has_a_help_text_and_its_default(
    tool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for parser in parts_of(parser_of(tool, monkeypatch)):
        formatter = parser._get_formatter()
        for action in parser._actions:
            if not action.option_strings or action.dest == "help":
                continue
            text = formatter._expand_help(action)
            name = f"{parser.prog} {action.option_strings[0]}"
            assert action.help and "None" not in text, name
            assert text.endswith(" (required)") or "(default: " in text, name


@pytest.mark.parametrize("tool", NAMES)
def test_help_offers_an_export_only_where_it_is_taken(
    tool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for parser in parts_of(parser_of(tool, monkeypatch)):
        for action in parser._actions:
            if "--model" in action.option_strings:
                refuses = tool in ("export_model", "publish_model")
                assert ("exported folder" in str(action.help)) != refuses, parser.prog


# What was typed until the options had one name each, and what is typed today.
FORMER = [
    ("eval", "--pred p.txt --gt v.txt", "--readings p.txt --labels v.txt"),
    ("eval", "--pred=p.txt --gt=v.txt", "--readings p.txt --labels v.txt"),
    (
        "eval",
        "--model m --gt v.txt --train t.txt",
        "--model m --labels v.txt --train-labels t.txt",
    ),
    ("check_data", "t.txt u.txt --val v.txt", "--labels t.txt u.txt --val-labels v.txt"),
    ("check_data", "--fix t.txt", "--fix --labels t.txt"),
    ("check_data", "--images decode", "--look pixels"),
    ("check_data", "--images header", "--look sizes"),
    ("check_data", "--images=none", "--look nothing"),
    ("check_data", "--look none", "--look nothing"),
    ("export_model", "--lines v.txt", "--labels v.txt"),
    ("language_model", "--images v.txt w.txt", "--labels v.txt w.txt"),
    ("language_model", "--images v.txt --labels t.txt", "--labels v.txt --count t.txt"),
    ("language_model", "--labels t.txt --images=v.txt", "--labels v.txt --count t.txt"),
    ("language_model", "--texts 5 --lines 3", "--drawn 5 --lines 3"),
    ("publish_model", "--data a=v.txt b=w.txt", "--labels a=v.txt b=w.txt"),
    ("base_weights", "--model PP-OCRv6_medium_rec", "--model-name PP-OCRv6_medium_rec"),
    ("make_data", "--train 5 --val 2 --texts x", "--train-lines 5 --val-lines 2 --texts x"),
    ("sweep", "-c a.yml --export", "-c a.yml --output"),
    ("sweep", "-c a.yml --export b", "-c a.yml --output b"),
    ("report_card", "a --compare b c", "--run a b c --compare"),
    ("report_card", "a b", "--run a b"),
    ("report_card", "--compare a b --journal", "a b --compare --journal"),
    ("bench", "accuracy --data a b", "accuracy --labels a b"),
]


@pytest.mark.parametrize(("tool", "former", "today"), FORMER)
def test_a_former_name_means_what_it_meant(tool: str, former: str, today: str) -> None:
    parse = load(tool).parse
    assert vars(parse(former.split())) == vars(parse(today.split()))


@pytest.mark.parametrize(("tool", "former", "today"), FORMER)
def test_help_shows_todays_names_alone(
    tool: str, former: str, today: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = {
        name
        for parser in parts_of(parser_of(tool, monkeypatch))
        for action in parser._actions
        for name in action.option_strings
    }
    assert {word for word in today.split() if word.startswith("--")} <= shown
    table = getattr(load(tool), "FORMER", {})
    assert not shown & set(table)


def test_every_former_name_is_in_the_table() -> None:
    for tool in NAMES:
        rows = " ".join(former for name, former, _ in FORMER if name == tool)
        for table in ("FORMER", "FORMER_LABELS", "FORMER_LOOKS"):
            for name in getattr(load(tool), table, {}):
                assert name in rows, (tool, name)


@pytest.mark.parametrize(
    ("tool", "words", "reason"),
    [
        ("eval", "--pred p.txt", "required: --labels"),
        ("eval", "--pred p.txt --model m --gt v", "--model: not allowed with argument --readings"),
        ("check_data", "--images some", "--look: invalid choice: 'some'"),
        ("infer_rec", "--images a --labels b", "--labels: not allowed with argument --images"),
    ],
)
def test_an_error_says_todays_name(
    tool: str, words: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        load(tool).parse(words.split())
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize(
    ("tool", "words", "hint"),
    [
        ("train", "toy.yml", "unrecognized arguments: toy.yml; write -c toy.yml"),
        ("sweep", "-c a.yml budget.hours=2", "budget.hours=2; write -o budget.hours=2"),
        ("eval", "--model m --labels v.txt toy.yml", "unrecognized arguments: toy.yml"),
    ],
)
def test_a_bare_word_is_given_its_option(
    tool: str, words: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        load(tool).parse(words.split())
    assert capsys.readouterr().err.endswith(f"{hint}\n")


# Whose messages name options, and the commands that print them; other rooms: any command.
PRINTED_BY = {
    "models/base.py": ("base_weights",),
    "models/lift.py": ("base_weights",),
    "synth": ("make_data",),
    "data/check": ("check_data",),
    "engine": ("train",),
    "export": ("export_model", "infer_rec"),
    "scores": ("eval",),
    "pages": ("read_pages",),
    "report": ("report_card", "eval", "train"),
    "infer": ("infer_rec", "language_model"),
    "infer/build_language.py": ("language_model",),
    "sweep": ("sweep",),
    "publishing": ("publish_model",),
}
OF_OTHERS = {  # pip's, curl's, apt's, nvidia-smi's, tensorboard's, OCRmyPDF's
    *("--dest", "--no-deps", "--quiet", "--silent", "--index-url", "--extra-index-url"),
    *("--disable-pip-version-check", "--no-input", "--progress-bar", "--requirement", "--yes"),
    *("--no-install-recommends", "--format", "--query-gpu", "--logdir", "--version"),
    *("--pdf-renderer", "--rotate-pages"),
}
OF_MODULES = {"--check"}  # python -m ppocr_ext.models.table


def messages(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """(tool that is named beside it, text) of each text that is no docstring."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, documented) and ast.get_docstring(node):
            node.body = node.body[1:]
    tools: dict[ast.AST, str] = {}
    for node in ast.walk(tree):
        inside = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]
        named = [str(each) for each in inside if re.search(r"\w+\.py\b", str(each))]
        if isinstance(node, ast.Call | ast.Assign) and named:
            tools |= dict.fromkeys(ast.walk(node), named[0])
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield tools.get(node, ""), node.value


def test_messages_name_options_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of an earlier version, and none of another command than the one that prints it."""
    options = {
        tool: {
            name
            for parser in parts_of(parser_of(tool, monkeypatch))
            for action in parser._actions
            for name in action.option_strings
        }
        for tool in NAMES
    }
    wrong = []
    for path in sorted((REPOSITORY / "ppocr_ext").rglob("*.py")):
        name = path.relative_to(REPOSITORY / "ppocr_ext").as_posix()
        if name.startswith("cli/"):
            continue  # defines them, and holds the former names
        rooms = [room for room in PRINTED_BY if f"{name}/".startswith(f"{room}/")]
        for tool, text in messages(ast.parse(path.read_text(encoding="utf-8"))):
            other = re.search(r"(\w+)\.py\b", tool)
            by = PRINTED_BY[max(rooms, key=len)] if rooms else NAMES
            by = [*by, other[1]] if other and other[1] in NAMES else by
            known = set().union(*(options[each] for each in by))
            for option in re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", text):
                if option not in known | OF_OTHERS | OF_MODULES:
                    wrong.append(f"{name}: {option}")
    assert wrong == []
