"""Where a tool writes, checked before its work begins, so that nothing is overwritten or lost."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from ppocr_ext.checksums import sha256_of
from ppocr_ext.console import command_line, this_command
from ppocr_ext.errors import CURE_BREAK, UserError, printable
from ppocr_ext.files import (
    STANDARD_OUTPUT,
    followed,
    is_stream,
    read_text,
    remove_leftovers,
    replace,
    sync,
    write_text,
)

DASH = Path("-")
_FOREIGN = "would be replaced, but was not written by this workspace, or was changed since"


def file_or_stdout(text: str) -> Path:
    """For ``argparse``: a path, where ``-`` is standard output."""
    return STANDARD_OUTPUT if text == str(DASH) else Path(text)


def check_file(
    option: str,
    path: Path | None,
    inputs: Iterable[Path] = (),
    others: Iterable[Path | None] = (),
    beside: Iterable[Path] = (),
    example: str = "output.txt",
) -> None:
    """Raise :class:`UserError` unless a file can be written to ``path``, over an old one or not.

    A pipe or a device will do: it is written through.

    Args:
        option: how the path is given, ``--output`` or a config's ``Global.save_res_path``.
        path: ``None`` for an option that was not given.
        inputs: files that the same command reads; looked at only where ``path`` is there already.
        others: paths of its other outputs.
        beside: files that are written along with this one, or instead, when ``path`` is a prefix.
        example: a usual name of such a file.
    """
    if path is None or path == STANDARD_OUTPUT:
        return
    check, beside = _Check(option, path, example), list(beside)
    check.home()
    for each in (path, *beside):
        check.file(each)
    if beside and is_stream(path):
        check.refuse(path, "is a pipe or a device", "a valid file name")
    check.inputs(inputs)
    if _real(path) in {_real(other) for other in others if other is not None}:
        check.refuse(path, "is given by two options", "a file for each", other_name(path))


def check_folder(
    option: str,
    folder: Path | None,
    names: Iterable[str] = (),
    inputs: Iterable[Path] = (),
) -> None:
    """Raise :class:`UserError` unless files can be written into a folder, existing or new.

    Args:
        names: files that will be written into it.
        inputs: files that the same command reads.
    """
    if folder is None:
        return
    check = _Check(option, folder, "output")
    check.home()
    mode = check.mode(folder)
    if folder == DASH or not (mode is None or stat.S_ISDIR(mode)):
        free = None if folder == DASH else other_name(folder)
        check.refuse(folder, "is not a folder", "a folder, existing or new", free)
    for name in names:
        check.file(folder / name)
    check.place(folder)
    check.inputs(inputs)


def check_beside(paths: Iterable[Path]) -> None:
    """Raise :class:`UserError` where files that no option names would replace some that are not as
    this product wrote them: somebody's own, or edited since. All are named, each with a cure.

    The record of :func:`remember` is such a file, too.
    """
    taken = []
    for path in paths:
        if path.is_file() and not is_stream(path) and not is_own(path):
            taken.append(path)
        record = _record(path)
        _check_length(record)
        if os.path.lexists(record) and _recorded(path) is None:
            taken.append(record)
    if taken:
        move = "move" if os.name == "nt" else "mv"
        raise UserError(
            "\n".join(f"{printable(str(path))} {_FOREIGN}" for path in taken),
            "a free name, or the file of an earlier run, unchanged",
            CURE_BREAK.join(command_line([move, str(p), str(other_name(p))]) for p in taken),
        )


def _check_length(path: Path) -> None:
    """Raise :class:`OSError` where the name of ``path``, while it is written, would be too long."""
    place = path.parent
    while not place.is_dir() and place != place.parent:
        place = place.parent
    with suppress(FileNotFoundError):
        os.lstat(place / f".{path.name}.{os.getpid()}.tmp")  # as `replacing` calls it


def remember(paths: Iterable[Path]) -> None:
    """Record what was written beside an output, in hidden files, for :func:`check_beside`."""
    for path in paths:
        write_text(_record(path), f"{sha256_of(path)}  {path.name}\n")


def put(finished: Path, path: Path) -> None:
    """Put a finished file in the place of one that :func:`check_beside` let pass, with its record.

    A kill leaves the old file, none, or the new one with its record, never one that looks edited;
    so does a power cut, as the new one is on the disk before its name.
    """
    with open(finished, "r+b") as stream:
        sync(stream)
    announce(path, sha256_of(finished))
    replace(finished, path)


def remove_remains(paths: Iterable[Path]) -> None:
    """Remove what a kill left of files that :func:`put` was about to put there."""
    remove_leftovers(each for path in paths for each in (path, _record(path)))


def announce(path: Path, total: str = "") -> None:
    """Record a file before it is there: what lies beside it is of a run that was stopped."""
    path.unlink(missing_ok=True)
    write_text(_record(path), f"{total}  {path.name}\n")


def announced(path: Path) -> bool:
    """Whether this product wrote the file, or was about to."""
    return _recorded(path) is not None


def is_own(path: Path) -> bool:
    """Whether the file is as this product wrote it beside an output."""
    recorded = _recorded(path)
    return recorded is not None and recorded == sha256_of(path)


def _recorded(path: Path) -> str | None:
    """The sum in the record; ``None`` without a record, or when it is not valid."""
    record = _record(path)
    try:
        text = read_text(record) if record.is_file() else ""
    except (OSError, ValueError):
        return None
    total, _, name = text.removesuffix("\n").partition("  ")
    return total if name == path.name else None


def _record(path: Path) -> Path:
    return path.with_name(f".{path.name}.sha256")


def other_name(path: Path) -> Path:
    """A name beside ``path`` that is free: ``lines_2.csv``."""
    path = path if path.name not in ("", "..") else path.resolve()  # ``.`` and ``..``
    if not path.name:  # a disk
        return path
    numbers = (path.with_name(f"{path.stem}_{number}{path.suffix}") for number in range(2, 1000))
    return next((free for free in numbers if not os.path.lexists(free)), path)


def instead(option: str, value: Path) -> str:
    """The command that was given, with another value of an option or of a key of the config."""
    words = this_command()
    text, places = value.as_posix(), range(len(words))
    inline = [n for n in places if words[n].startswith(f"{option}=")]
    if inline:
        words[inline[-1]] = f"{option}={text}"
    elif option in words[:-1]:
        words[words.index(option) + 1] = text
    else:
        words += [option, text] if option.startswith("--") else ["-o", f"{option}={text}"]
    return command_line(words)


def once_more(*more: str) -> str:
    """The command that was given, with options that it may not have had."""
    words = this_command()
    return command_line([*words, *(word for word in more if word not in words)])


class _Check:
    """Of one option, whose path ``named`` may be the folder of the files that are written."""

    def __init__(self, option: str, named: Path, example: str) -> None:
        self.option, self.named, self.example = option, named, example
        self.there: dict[tuple[int, int], Path] = {}  # files that will be replaced, by identity

    def home(self) -> None:
        """A ``~`` that no shell has read (in quotes, or in a YAML) would become a folder's name."""
        first = Path(*self.named.parts[:1])
        if first.name.startswith("~") and not os.path.lexists(first):
            try:
                whole = self.named.expanduser()
            except RuntimeError:  # no user is called so
                return
            self.refuse(self.named, "begins with ~, which only a shell reads", "a path", whole)

    def file(self, path: Path) -> None:
        mode = self.mode(path)
        if path == DASH:
            self.refuse(path, "is not a file name", "a file")
        if mode is None:
            return self.place(path.parent)
        if stat.S_ISDIR(mode):
            free = path / self.example if path == self.named else other_name(self.named)
            self.refuse(path, "is a folder", "a file", free)
        if stat.S_ISBLK(mode) or stat.S_ISSOCK(mode):
            self.refuse(path, "is a disk" if stat.S_ISBLK(mode) else "is a socket", "a file")
        if not stat.S_ISREG(mode):
            return None
        if not mode & 0o222:
            free = other_name(self.named)
            self.refuse(path, "is write-protected", "a file that may be replaced", free)
        if identity := _identity(path):
            self.there[identity] = path
        return self.place(path.parent)

    def inputs(self, paths: Iterable[Path]) -> None:
        """None of them is one of the files."""
        for path in paths if self.there else ():
            if (same := self.there.get(_identity(path) or (0, 0))) is not None:
                free = other_name(self.named)
                self.refuse(same, "is read by this command", "another file than its inputs", free)

    def mode(self, path: Path) -> int | None:
        """``st_mode`` of what is there; ``None`` for nothing."""
        try:
            return os.stat(path).st_mode
        except FileNotFoundError:
            return None
        except ValueError:
            self.refuse(path, "holds a NUL character", "a path")
        except OSError as error:
            self.refuse(path, f"cannot be used ({error.strerror})", "a path")

    def place(self, folder: Path) -> None:
        """A file without a name is made in the folder, or in the one in which it will be made."""
        place = followed(folder).absolute()
        while not os.path.lexists(place) and place != place.parent:
            place = place.parent
        try:
            with tempfile.TemporaryFile(dir=place):
                return
        except NotADirectoryError:
            reason = f"{place} is not a folder"
        except OSError as error:
            reason = f"nothing can be written in {place}: {error.strerror}"
        self.refuse(self.named, f"cannot be written ({reason})", "a place that you may write to")

    def refuse(self, path: Path, what: str, expected: str, free: Path | None = None) -> NoReturn:
        """``free``: a better path; without one it is a name in the current folder."""
        shown = str(path).replace("\0", "\\0")
        if free is None:
            name = self.named.name.replace("\0", "")
            free = Path(self.example if name in ("", "-") else name)
            free = other_name(free) if os.path.lexists(free) else free
        raise UserError(f"{self.option} {shown} {what}", expected, instead(self.option, free))


def _identity(path: Path) -> tuple[int, int] | None:
    """Equal for all names of one file; ``None`` where there is none."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


def _real(path: Path) -> str:
    return os.path.normcase(os.path.realpath(path))
