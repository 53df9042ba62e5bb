"""Every output option of every tool is looked at before the work begins, and nothing is lost."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest
import toy
from PIL import Image

from ppocr_ext import outputs
from ppocr_ext.errors import UserError
from ppocr_ext.runtime import PUBLISHED


class Option(NamedTuple):
    """words: the command without the option. name: as it is typed. is_folder: what it names.
    own: a file that would be replaced and can be read, if it is called so in the folder."""

    tool: str
    words: str
    name: str
    is_folder: bool
    own: str = ""

    def __str__(self) -> str:
        return f"{self.tool} {self.words.split()[0]} {self.name}"


OPTIONS = [
    Option("infer_rec", "--images {input}", "--output", False, "any"),
    Option("infer_rec", "--images {input} --output {free}", "--sheet", False, "any"),
    Option("read_pages", "{input}", "--output", True),
    Option("eval", "--readings {input} --labels {input}", "--output", True, "errors.jsonl"),
    Option("eval", "--model {run} --labels {input}", "--output", True),
    Option("report_card", "{input}", "--output", True, "report_card.csv"),
    Option("report_card", "--compare {input} {input}", "--output", True, "report_compare.md"),
    Option("make_data", "--preset test_clean", "--output", True),
    Option("make_data", "--sheet --preset test_clean", "--output", True),
    Option("check_data", "--labels {input} --dict {input}", "--output", True, "report.txt"),
    Option("base_weights", "--dict {input}", "--output", False, "any.dict.txt"),
    Option("export_model", "--model {run}", "--output", True),
    Option("publish_model", "--model {run} --no-test", "--output", True),
    Option(
        "language_model",
        "--model {run} --labels {input} --count {input}",
        "--output",
        False,
        "any",
    ),
    Option("sweep", "-c configs/sweeps/phase3.yml", "--output", True),
    Option("sweep", "-c configs/sweeps/phase3.yml", "folder", True),
    Option("bench", "accuracy --labels {input}", "--json", False, "any"),
    Option("train", "-c {config}", "Global.save_model_dir", True),
    Option("train", "-c {config}", "Global.mirror_dir", True),
]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.make(tmp_path_factory.mktemp("toy"))


@pytest.fixture
def type_it(
    tmp_path: Path, config: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., UserError | None]:
    """``type_it(option, path, input)``: run the command in this process; what it refused."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "latest.pdparams").write_bytes(b"weights, never read")

    def run(option: Option, value: Path | str, read: Path) -> UserError | None:
        places = {"input": read, "run": tmp_path / "run", "free": tmp_path / "free.txt"}
        places |= {"config": config, "folder": tmp_path / "folder"}
        words = [word.format_map(places) for word in option.words.split()]
        is_key = not option.name.startswith("--")
        words += ["-o", f"{option.name}={as_yaml(value)}"] if is_key else [option.name, str(value)]
        monkeypatch.setattr(sys, "argv", [typed(option.tool), *words])
        try:
            load(option.tool).main()
        except UserError as error:
            return error
        return None

    return run


def as_yaml(value: Path | str) -> str:
    return '"' + str(value).replace("\0", "\\0") + '"'


def typed(tool: str) -> str:
    return "tests/bench" if tool == "bench" else f"tools/{tool}.py"


def load(tool: str) -> ModuleType:
    return import_module("bench.__main__" if tool == "bench" else f"ppocr_ext.cli.{tool}")


def tree(folder: Path) -> dict[str, bytes]:
    return {str(each): each.read_bytes() if each.is_file() else b"" for each in folder.rglob("*")}


def wrong_places(option: Option, folder: Path) -> dict[str, Path]:
    """What no output can be, made in ``folder``."""
    (folder / "file").write_text("mine", encoding="utf-8")
    (folder / "inner").mkdir()
    suffix = ".png" if option.name == "--sheet" else ".txt"
    (folder / f"loop{suffix}").symlink_to(folder / f"loop{suffix}")
    places = {
        "below a file": folder / "file" / "a" / f"b{suffix}",
        "a loop of links": folder / f"loop{suffix}",
        "a NUL in its name": folder / f"a\0b{suffix}",
        "standard output": Path("-"),
    }
    if os.path.isdir("/proc/self"):
        places["below /proc"] = Path(f"/proc/nothing/here{suffix}")
    if option.is_folder:
        places["a file"] = folder / "file"
        places["a device"] = Path(os.devnull)
    else:
        places["a folder"] = folder / "inner"
        places["write-protected"] = folder / f"locked{suffix}"
        places["write-protected"].write_text("mine", encoding="utf-8")
        places["write-protected"].chmod(0o444)
    return places


@pytest.mark.parametrize("option", OPTIONS, ids=str)
def test_no_folder_is_called_after_the_home(
    option: Option,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    type_it: Callable[..., UserError | None],
) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    (tmp_path / "any").write_text("one.png\tmột\n", encoding="utf-8")
    before = tree(tmp_path)
    value = Path("~", "q.png" if option.name == "--sheet" else "q.txt")
    error = type_it(option, value, tmp_path / "any")
    assert error is not None
    assert error.found == f"{option.name} {value} begins with ~, which only a shell reads"
    assert f"{(tmp_path / value.name).as_posix()}" in error.cure
    assert tree(tmp_path) == before
    assert_cured(option, error, "the home")


def test_a_name_that_only_begins_like_a_home_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outputs.check_file("--output", Path("~nobody-here.txt"))
    Path("~").mkdir()
    outputs.check_folder("--output", Path("~"))


@pytest.mark.parametrize("number", ["0", "-1", "two"])
@pytest.mark.parametrize(
    ("tool", "words"),
    [
        ("make_data", ["--workers"]),
        ("language_model", ["--lines"]),
        ("language_model", ["--drawn"]),
        ("infer_rec", ["--threads"]),
        ("infer_rec", ["--batch-size"]),
    ],
)
def test_a_number_that_means_nothing_is_refused(
    tool: str, words: list[str], number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        load(tool).parse([*words, number])
    assert ended.value.code == 2
    reason = "is not above 0" if number == "0" else "is not a whole number"
    assert f"argument {words[0]}: {number} {reason}" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="links, devices and bits of POSIX")
@pytest.mark.parametrize("option", OPTIONS, ids=str)
def test_a_wrong_output_is_refused_before_the_work(
    option: Option, tmp_path: Path, type_it: Callable[..., UserError | None]
) -> None:
    (tmp_path / "any").write_text("one.png\tmột\n", encoding="utf-8")
    takes_stdout = (option.tool, option.name) in {
        ("infer_rec", "--output"),
        ("bench", "--json"),
    }
    for what, path in wrong_places(option, tmp_path).items():
        is_prefix = option.name == "--output" and option.tool == "base_weights"
        if (what == "standard output" and takes_stdout) or (
            what == "write-protected" and is_prefix
        ):
            continue
        before = tree(tmp_path)
        error = type_it(option, path, tmp_path / "any")
        assert error is not None, what
        assert str(error).startswith(f"{option.name} "), (what, str(error))
        assert tree(tmp_path) == before, what
        assert_cured(option, error, what)


def assert_cured(option: Option, error: UserError, what: str) -> None:
    """The command that is proposed is understood, and its output passes."""
    command = error.cure.partition("without: ")[2] or error.cure
    python, tool, *words = shlex.split(command)
    assert (python, tool) == ("python", typed(option.tool))
    load(option.tool).parse(words)
    if option.name.startswith("--"):
        value = words[len(words) - 1 - words[::-1].index(option.name) + 1]
    else:
        value = next(w for w in words[::-1] if w.startswith(f"{option.name}=")).partition("=")[2]
    check = outputs.check_folder if option.is_folder else outputs.check_file
    check(option.name, Path(value))


@pytest.mark.parametrize("option", [each for each in OPTIONS if each.own], ids=str)
def test_no_output_replaces_what_the_same_command_reads(
    option: Option, tmp_path: Path, type_it: Callable[..., UserError | None]
) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    read = folder / option.own
    read.write_text("one.png\tmột\n", encoding="utf-8")
    prefix = folder / "any"
    before = tree(tmp_path)
    error = type_it(option, folder if option.is_folder else prefix, read)
    assert error is not None
    assert error.found.startswith(f"{option.name} ") and "is read by this command" in error.found
    assert tree(tmp_path) == before
    assert_cured(option, error, "an input")


@pytest.mark.skipif(os.name == "nt", reason="hard links are of POSIX here")
def test_an_input_under_another_name_is_an_input(tmp_path: Path) -> None:
    label, link, hard = tmp_path / "val.txt", tmp_path / "link", tmp_path / "hard"
    label.write_text("a.png\ta\n", encoding="utf-8")
    link.symlink_to(label)
    hard.hardlink_to(label)
    for name in (link, hard):
        with pytest.raises(UserError, match="is read by this command"):
            outputs.check_file("--output", name, [label])


@pytest.mark.skipif(os.name == "nt", reason="pipes and devices of POSIX")
def test_pipes_and_devices_pass_and_disks_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path(os.devnull), Path("/dev/stdout")):
        outputs.check_file("--output", path)
    whole = os.stat(tmp_path)
    disk = os.stat_result((stat.S_IFBLK | 0o660, *whole[1:]))
    monkeypatch.setattr(os, "stat", lambda path: disk)
    with pytest.raises(UserError, match="is a disk"):
        outputs.check_file("--output", tmp_path / "disk")


def test_two_outputs_are_two_files(tmp_path: Path) -> None:
    both = tmp_path / "lines.txt"
    with pytest.raises(UserError, match="given by two options"):
        outputs.check_file("--sheet", both, others=[tmp_path / "." / "lines.txt"])
    outputs.check_file("--sheet", both, others=[None, tmp_path / "other"])


def test_a_place_that_can_be_made_passes_and_is_not_made(tmp_path: Path) -> None:
    outputs.check_file("--output", tmp_path / "a" / "b" / "lines.txt")
    outputs.check_folder("--output", tmp_path / "c" / "d", ["report.txt"])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("typed", "option", "expected"),
    [
        ("infer_rec.py --output a --resume", "--output", "infer_rec.py --output b --resume"),
        ("infer_rec.py --output=a --resume", "--output", "infer_rec.py --output=b --resume"),
        ("infer_rec.py --resume", "--output", "infer_rec.py --resume --output b"),
        ("train.py -o A=1 K.d=a", "K.d", "train.py -o A=1 K.d=b"),
        ("train.py -c x.yml", "K.d", "train.py -c x.yml -o K.d=b"),
    ],
)
def test_the_cure_is_the_command_with_another_value(
    monkeypatch: pytest.MonkeyPatch, typed: str, option: str, expected: str
) -> None:
    monkeypatch.setattr(sys, "argv", typed.split())
    assert outputs.instead(option, Path("b")) == f"python {expected}"


EVALUATE = "eval --no-plots --labels {own}/val.txt --output {own}/out"


@pytest.mark.parametrize(
    ("words", "beside"),
    [
        ("check_data --labels {own}/val.txt --look nothing --output {own}/out", "out/report.txt"),
        ("check_data --fix --labels {own}/val.txt", "val.fixed.txt"),
        ("check_data --fix --labels {own}/val.txt", "val.left_out.txt"),
        ("infer_rec --images {own}/val.txt --output {own}/q.txt", "q.errors.txt"),
        (f"{EVALUATE} --model {{published}}", "out/val.predictions.txt"),
        (f"{EVALUATE} --readings {{own}}/q.txt", "out/evaluation.md"),
        (f"{EVALUATE} --readings {{own}}/q.txt", "out/errors.jsonl"),
    ],
)
def test_a_file_beside_an_output_is_replaced_only_as_it_was_written(
    words: str, beside: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "của tôi"
    (own / "out").mkdir(parents=True)
    shutil.copy(PUBLISHED / "samples" / "0.jpg", own / "a.png")
    (own / "val.txt").write_text("a.png\tmột\nnone.png\thai\n", encoding="utf-8")
    (own / "q.txt").write_text("a.png\tmôt\t0.9\n", encoding="utf-8")
    tool, *typed = (word.format(own=own, published=PUBLISHED) for word in words.split())
    monkeypatch.setattr(sys, "argv", [f"tools/{tool}.py", *typed])
    main = load(tool).main
    place = own / beside
    place.write_text("mine", encoding="utf-8")
    before = tree(tmp_path)
    with pytest.raises(UserError, match="would be replaced") as refused:
        main()
    assert tree(tmp_path) == before
    if os.name != "nt":
        command, old, new = shlex.split(refused.value.cure)
        assert command == "mv" and Path(old) == place
        os.rename(old, new)
        main()  # written ...
        assert main() in (0, 1, 2, 3)  # ... and replaced, as nobody has changed it
        place.write_text("edited", encoding="utf-8")
        with pytest.raises(UserError, match="would be replaced"):
            main()
        assert Path(new).read_text(encoding="utf-8") == "mine"
    assert place.read_text(encoding="utf-8") in ("mine", "edited")


@pytest.mark.skipif(os.name == "nt", reason="pipes of POSIX")
def test_nothing_is_written_beside_a_pipe_and_nothing_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("L", (96, 48), 255).save(tmp_path / "a.png")
    (tmp_path / "val.txt").write_text("a.png\tmột\n", encoding="utf-8")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "pipe.errors.txt").write_text("mine", encoding="utf-8")
    words = ["--images", str(tmp_path / "val.txt"), "--output", str(pipe)]
    monkeypatch.setattr(sys, "argv", ["tools/infer_rec.py", *words])
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert load("infer_rec").main() == 3  # a blank image; it is the row that counts
        assert os.read(reader, 100).startswith(b"a.png\t")
    finally:
        os.close(reader)
    names = {each.name for each in tmp_path.iterdir()}
    assert names == {"a.png", "val.txt", "pipe", "pipe.errors.txt"}
    assert (tmp_path / "pipe.errors.txt").read_text(encoding="utf-8") == "mine"


def test_all_that_would_be_replaced_is_named_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "của tôi"
    own.mkdir()
    Image.new("L", (96, 48), 255).save(own / "a.png")
    (own / "val.txt").write_text("a.png\tmột\n", encoding="utf-8")
    (own / "train.txt").write_text("a.png\tmột\n", encoding="utf-8")
    names = ["val.fixed.txt", "val.left_out.txt", "train.fixed.txt"]
    for name in names:
        (own / name).write_text("mine", encoding="utf-8")
    words = [
        "tools/check_data.py",
        "--fix",
        "--labels",
        str(own / "val.txt"),
        str(own / "train.txt"),
    ]
    monkeypatch.setattr(sys, "argv", words)
    main = load("check_data").main
    with pytest.raises(UserError) as refused:
        main()
    lines = refused.value.found.splitlines()
    assert [Path(line.partition(" would be replaced")[0]).name for line in lines] == names
    commands = [line.strip() for line in refused.value.cure.splitlines()]
    assert len(commands) == 3
    if os.name != "nt":
        for command in commands:
            subprocess.run(command, shell=True, check=True)
        assert main() == 0
        kept = {each.name for each in own.glob("*_2.txt")}
        assert kept == {name.replace(".txt", "_2.txt") for name in names}
