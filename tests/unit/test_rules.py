"""The house rules that a machine can check."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from ppocr_ext.runtime import REPOSITORY

TOP_LEVEL = {
    "README.md",
    "configs",
    "ppocr_ext",
    "tools",
    "dicts",
    "output",
    "tests",
    "requirements.txt",
    "pyproject.toml",
    "LICENSE",
    "CHANGELOG.md",
}
MAX_LINES = 400
MAX_FUNCTION_LINES = 60
READS_SAFELY = {
    "ppocr_ext/checkpoint/safe_pickle.py",  # an unpickler that knows arrays and nothing else
    "ppocr_ext/config/source.py",  # yaml.load with a subclass of SafeLoader
    "ppocr_ext/export/settings.py",  # yaml.load with CSafeLoader or SafeLoader
}
# PaddlePaddle's own index is what a setup for a GPU installs from.
NAMES_AN_INDEX = {"ppocr_ext/workspace/cuda.py", "tests/unit/workspace/test_cuda.py"}

MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|tmp|home|root|opt|mnt)/|[A-Z]:\\+Users")
REGISTRY_HOST = re.compile(
    r"pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|paddlepaddle\.org\.cn/packages"
    r"|pypi\.tuna|mirrors\.aliyun|deb\.debian\.org|bcebos\.com",
    re.IGNORECASE,
)
# Idioms of earlier messages and comments, and the plain words for them. They are matched over line
# breaks and the joints of split strings.
NOT_AGAIN = {
    "anew": "again",
    "are told": "are reported",
    "is told": "is reported",
    "it said nothing": "no output",
    "so it is": "likewise",
    "go on with": "continue",
    "goes on with": "continues",
    "go on from": "continue from",
    "goes on from": "continues from",
    "training goes on": "training continues",
    "went on all the same": "continued",
    "is no config": "is not a config",
    "is no file": "is not a file",
    "is no name": "is not a name",
    "is no number": "is not a number",
    "otherwise than": "different from",
    "unless told otherwise": "by default",
    "other ones than": "different from",
    "are other ones": "have changed",
    "was begun": "was started",
    "has begun already": "was already started",
    "for good": "permanently",
    "what there is": "the list",
    "as it stands": "unchanged",
    "all the same": "still",
    "all alike": "all the same",
    "of yours": "of your own",
    "passed over": "skipped",
    "nothing to complain of": "no problems found",
    "as far as it tells": "as far as it shows",
    # second names of one thing
    "accent-blind": "unaccented acc",
    "accents ignored": "unaccented acc",
    "marks ignored": "unaccented acc",
    "no charts": "no plots",
    "charts and tables": "plots and tables",
    "pictures and best.yml": "plots and best.yml",
    "no pictures": "no plots",
    "blank picture": "blank image",
    "path without suffix": "checkpoint prefix",
    "prediction file": "readings",
    "predictions file": "readings",
    "first prediction": "first reading",
    "predictions are": "readings are",
    "written: {": "wrote",
    "hot-swap": "continue with another config",
    "hot-swapped": "resumed with another config",
    "config swaps": "config changes",
    "swap at step": "config change at step",
    "swap of the schedule": "change of the schedule",
    "took over": "began to hold",
    "re-learning": "recovering",
}
QUOTES_THEM = {  # lines of logs that earlier commits wrote, which are still read
    "ppocr_ext/records/forms.py",
    "tests/unit/records/test_loading.py",
    "tests/unit/records/test_round_trip.py",
    "tests/unit/sweep/test_child.py",
}
DATA = ("ppocr_ext/synth/lexicon/", "tests/fixtures/")
TEXT_SUFFIXES = {".py", ".md", ".yml", ".yaml", ".toml", ".txt", ".cfg", ".sh", ".html", ".json"}

PRODUCT = sorted(
    path
    for folder in ("ppocr_ext", "tools", "tests/bench")
    for path in (REPOSITORY / folder).rglob("*.py")
)
TESTS = sorted({*(REPOSITORY / "tests").rglob("*.py")} - {*PRODUCT})


def name(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def repository_texts() -> Iterator[Path]:
    """Every text file of the repository; what runs make under output/ is not of it."""
    for top in sorted(TOP_LEVEL - {"output"}):
        root = REPOSITORY / top
        files = root.rglob("*") if root.is_dir() else [root]
        yield from (path for path in files if path.suffix in TEXT_SUFFIXES and path.is_file())


def line_count(path: Path) -> int:
    return path.read_text(encoding="utf-8").count("\n")


def keyword(call: ast.Call, wanted: str) -> bool:
    return any(each.arg in (wanted, None) for each in call.keywords)  # None: **options


def text_mode(call: ast.Call, position: int) -> str | None:
    """The mode of an ``open`` call when it opens text; ``None`` when binary or not an open."""
    given = call.args[position : position + 1] + [
        each.value for each in call.keywords if each.arg == "mode"
    ]
    if not given:
        return "r"
    modes = [each.value for each in ast.walk(given[0]) if isinstance(each, ast.Constant)]
    if modes and all("b" in str(mode) or not set(str(mode)) <= set("rwaxt+") for mode in modes):
        return None
    return str(modes[0]) if modes else "r"  # known only at run time: then as text


def encoding_faults(call: ast.Call) -> Iterator[str]:
    """What is missing where text is opened, read, written or comes from a child process."""
    function = call.func
    mode, is_given = None, keyword(call, "encoding")
    if isinstance(function, ast.Name) and function.id == "open":
        mode = text_mode(call, 1)
    elif isinstance(function, ast.Attribute) and function.attr == "open":
        is_path_open = not call.args or isinstance(call.args[0], ast.Constant)
        mode = text_mode(call, 0) if is_path_open else None
    elif isinstance(function, ast.Attribute) and function.attr in ("read_text", "write_text"):
        mode = "r" if function.attr == "read_text" else "w"
        is_given = is_given or len(call.args) > (mode == "w")
    if mode is not None and not is_given:
        yield "no encoding"
    if mode is not None and set(mode) & set("wax") and not keyword(call, "newline"):
        yield 'no newline="\\n"'
    for each in call.keywords:
        if isinstance(each.value, ast.JoinedStr) or (
            isinstance(each.value, ast.Constant) and (isinstance(each.value.value, str))
        ):
            continue  # a text for another function
        if each.arg in ("text", "universal_newlines") and not keyword(call, "encoding"):
            yield "a child process read without an encoding"


def dotted(node: ast.expr) -> str:
    """``a.b.c`` of an attribute chain, else an empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (base := dotted(node.value)):
        return f"{base}.{node.attr}"
    return ""


def unsafe(call: ast.Call) -> str:
    """Why a call may run what a file or a string says; empty when it does not."""
    called = dotted(call.func)
    if called in ("eval", "exec", "os.system", "paddle.load", "joblib.load", "torch.load"):
        return called
    if called.startswith("yaml.") and called.split(".")[1] in ("load", "full_load", "unsafe_load"):
        return called
    if re.fullmatch(r"c?pickle\.(loads?|Unpickler)", called, re.IGNORECASE):
        return called
    for each in call.keywords:
        if each.arg in ("shell", "allow_pickle") and not (
            isinstance(each.value, ast.Constant) and each.value.value is False
        ):
            return f"{called}({each.arg}=…)"
    return ""


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """(file and line, call) of every call in a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield f"{name(path)}:{node.lineno}", node


def test_text_is_opened_with_its_encoding_and_unix_line_ends() -> None:
    faults = [
        f"{place}: {fault}"
        for path in [*PRODUCT, *TESTS]
        for place, call in calls(path)
        for fault in encoding_faults(call)
        if path in PRODUCT or "newline" not in fault
    ]
    assert not faults


def test_nothing_that_was_read_is_run() -> None:
    faults = [
        f"{place}: {why}"
        for path in PRODUCT
        if name(path) not in READS_SAFELY
        for place, call in calls(path)
        if (why := unsafe(call))
    ]
    assert not faults


def test_the_rules_find_what_they_look_for() -> None:
    bad = 'open(p)\np.open("w")\np.write_text(t, encoding="utf-8")\nrun(c, text=True)\n'
    found = [
        fault
        for node in ast.walk(ast.parse(bad))
        if isinstance(node, ast.Call)
        for fault in encoding_faults(node)
    ]
    assert len(found) == 5
    for code in ("yaml.load(s)", "pickle.load(f)", "np.load(f, allow_pickle=True)", "eval(s)"):
        assert unsafe(ast.parse(code, mode="eval").body)  # type: ignore[arg-type]
    for path in ("/home/me/x", "/work/x", r"C:\Users\me"):
        assert MACHINE_PATH.search(path)


def test_files_are_short() -> None:
    lengths = {name(path): line_count(path) for path in [*PRODUCT, *TESTS]}
    assert not {path: lines for path, lines in lengths.items() if lines > MAX_LINES}


def test_functions_are_one_step() -> None:
    long = [
        f"{name(path)}:{node.lineno} {node.name}"
        for path in PRODUCT
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= MAX_FUNCTION_LINES
    ]
    assert not long


def test_no_path_of_a_machine_and_no_registry_host() -> None:
    found = [
        f"{name(path)}: {match[0]}"
        for path in repository_texts()
        if path != Path(__file__)
        for pattern in (MACHINE_PATH, REGISTRY_HOST)
        if (match := pattern.search(path.read_text(encoding="utf-8")))
        and not (pattern is REGISTRY_HOST and name(path) in NAMES_AN_INDEX)
    ]
    assert not found


def idioms(text: str) -> Iterator[str]:
    """``line: phrase`` of each of :data:`NOT_AGAIN` in ``text``, in order."""
    joint = r'(?:[ ]|[ ]?"?\n[ \t]*(?:#|[rf]{0,2}")?[ ]?)'
    phrases = "|".join(phrase.replace(" ", joint) for phrase in NOT_AGAIN)
    for match in re.finditer(rf"\b(?<!there )(?:{phrases})\b", text, re.IGNORECASE):
        yield f"{text.count(chr(10), 0, match.start()) + 1}: {match[0]!r}"


def test_the_words_are_plain() -> None:
    found = []
    for path in repository_texts():
        if path != Path(__file__) and not name(path).startswith(DATA):
            text = path.read_text(encoding="utf-8")
            if path.name == "CHANGELOG.md":  # what is released stays as it was written
                text = text[: text.find("\n## [", text.find("## [Unreleased]"))]
            if name(path) not in QUOTES_THEM:
                found += [f"{name(path)}:{place}" for place in idioms(text)]
    assert not found


def test_phrases_are_found_over_line_breaks() -> None:
    text = (
        'x\n    f"Training goes "\n    f"on: {y}"\n# for\n# good\nThey are\n  told it. Canewood.\n'
    )
    assert [each.split(":")[0] for each in idioms(text)] == ["2", "4", "6"]


def test_texts_are_utf_8_with_unix_line_ends() -> None:
    wrong = [name(path) for path in repository_texts() if b"\r" in path.read_bytes()]
    assert not wrong


def test_commands_of_the_pages_are_lines_that_any_shell_takes() -> None:
    """In cmd and PowerShell, too: no line goes on below, and nothing is quoted or expanded."""
    pages = [*REPOSITORY.glob("*.md"), *(REPOSITORY / "tools").glob("*.md")]
    blocks = [
        block
        for page in pages
        for block in re.findall(r"(?ms)^```ba\w+\n(.*?)^```", page.read_text(encoding="utf-8"))
    ]
    lines = [line for block in blocks for line in block.splitlines()]
    assert len(lines) > 30
    for line in lines:
        if not line.startswith("srun "):  # of a cluster, which is Linux
            assert re.fullmatch(r"[^'\"$~;&|<>^%`]*[^'\"$~;&|<>^%`\\]", line), line


def test_the_top_level_is_fixed() -> None:
    found = {path.name for path in REPOSITORY.iterdir() if not path.name.startswith(".")}
    assert found == TOP_LEVEL


def test_unit_tests_mirror_the_packages() -> None:
    folders = {
        path.name
        for path in (REPOSITORY / "tests" / "unit").iterdir()
        if path.is_dir() and path.name != "__pycache__"
    }
    parts = {path.stem for path in (REPOSITORY / "ppocr_ext").iterdir()}
    assert folders <= parts | {"tools", "bench"}
