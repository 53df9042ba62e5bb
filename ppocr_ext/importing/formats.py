"""Which files of a folder hold labels, and who reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from ppocr_ext.data.finder import below
from ppocr_ext.data.foreign import FORMATS, format_of
from ppocr_ext.data.repair import ends_as_image
from ppocr_ext.errors import UserError
from ppocr_ext.importing import json_sets, tables, texts, xml_pages  # noqa: F401  (their readers)
from ppocr_ext.importing.journal import is_import
from ppocr_ext.importing.page import READERS, Damage, Source, why

_BESIDE_IMAGES = frozenset({"page", "alto", "labels", "annotations", "gt"})
_PARTS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev", "eval"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_WORD = re.compile(r"[^\W_\d]+")


def find_sources(
    path: Path,
    format: str | None = None,
    root: Path | None = None,
    take_drafts: bool = False,
    take_difficult: bool = True,
) -> tuple[Iterator[Source], Path]:
    """The label files at ``path``, a file or a folder, one by one, and the folder that pictures may
    lie in.

    Raises :class:`UserError` without any.
    """
    folder = path if path.is_dir() else path.parent
    if root is None:
        root = folder.parent if folder.name.casefold() in _BESIDE_IMAGES else folder

    def source(each: Path, name: str | OSError) -> Source:
        found = "" if isinstance(name, OSError) else name
        made = Source(each, root, found, _part(each, root), take_drafts, take_difficult)
        made.damages.extend([Damage(made.name, why(name))] if isinstance(name, OSError) else [])
        return made

    found = ((path, format or _format_of(path)),) if path.is_file() else _below(path, format)
    sources = (source(each, name) for each, name in found if name is not None)
    first = next(sources, None)
    if first is None:
        what = f"the format {format}" if format else "a format that is known"
        expected = FORMATS[format] if format else "one of " + ", ".join(READERS)
        cure = "name the label file itself, and its format with --format"
        raise UserError(
            f"{path}: no labels of {what}", expected, "leave --format out" if format else cure
        )
    return chain([first], sources), root


def _format_of(path: Path) -> str | OSError | None:
    """The format, or why the file cannot be opened."""
    try:
        return format_of(path)
    except OSError as error:
        return error


def _below(folder: Path, asked: str | None) -> Iterator[tuple[Path, str | OSError]]:
    """Label files and their formats; without one, folders of pictures whose names are texts. What
    cannot be opened may be labels, too."""
    is_found, trdg, unread = False, dict[Path, None](), list[OSError]()
    for path in (folder / each for each in below(folder, is_import, unread.append)):
        if ends_as_image(path.name):
            if not is_found and asked in (None, "trdg") and texts.is_trdg(path.name):
                trdg[path.parent] = None
            continue
        name = _format_of(path) if path.is_file() or path.is_symlink() else None  # no pipe
        if isinstance(name, OSError):
            yield path, name
        elif name is not None and asked in (None, name) and not _is_copy(path, name, asked):
            is_found = True
            yield path, name
    if not is_found:
        yield from ((path, "trdg") for path in trdg)
    yield from ((Path(error.filename), error) for error in unread)


def _is_copy(path: Path, name: str, asked: str | None) -> bool:
    """Whether a file holds the labels of another one that is read there."""
    if name == "label_studio_min" and asked is None:  # the whole export stands beside it
        return any(_format_of(each) == "label_studio" for each in path.parent.glob("*.json"))
    return path.name == "rec_gt.txt" and path.with_name("Label.txt").is_file()


def _part(path: Path, root: Path) -> str:
    """As the file's name or a folder's says."""
    inside = path.relative_to(root) if path.is_relative_to(root) else Path(path.name)
    own = path.name if path.is_dir() else inside.stem
    return part_named(own, *(each.name for each in inside.parents))


def part_named(*names: str) -> str:
    """train, val or test, as the first of names says that has such a word in it."""
    words = (word for name in names for word in _WORD.findall(name.casefold()))
    return next((_PARTS[word] for word in words if word in _PARTS), "")
