"""Which files of a folder hold labels, and who reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

from ppocr_ext.data.finder import below
from ppocr_ext.data.foreign import FORMATS, format_of
from ppocr_ext.data.label_txt import is_copy
from ppocr_ext.data.repair import ends_as_image
from ppocr_ext.data.split import part_named
from ppocr_ext.errors import UserError
from ppocr_ext.importing import json_sets, tables, texts, xml_pages  # noqa: F401  (their readers)
from ppocr_ext.importing.journal import is_import
from ppocr_ext.importing.page import READERS, Damage, Source, why

_BESIDE_IMAGES = frozenset({"page", "alto", "labels", "annotations", "gt"})
_PARTNERS = frozenset({"fileState.txt", "lock.mdb"})  # which the labels beside them need
_UNKNOWN = "of no format that is known"
_OTHER = "of another format than --format names"
_COPY = "crops of the boxes in Label.txt beside it"
_Make = Callable[..., Source]


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

    def source(path: Path, format: str = "", aside: str = "", problem: str = "") -> Source:
        part = _part(path, root)
        made = Source(path, root, format, part, take_drafts, take_difficult, aside)
        made.damages.extend([Damage(made.name, problem)] if problem else [])
        return made

    sources, first = _below(path, format, source), list[Source]()
    if path.is_file():
        sources = iter([source(path, format) if format else _file(path, None, source)])
    for each in sources:
        first.append(each)
        if not each.aside:
            return chain(first, sources), root
    what = f"the format {format}" if format else "a format that is known"
    expected = FORMATS[format] if format else "one of " + ", ".join(READERS)
    cure = "name the label file itself, and its format with --format"
    raise UserError(
        f"{path}: no labels of {what}", expected, "leave --format out" if format else cure
    )


def _below(folder: Path, asked: str | None, source: _Make) -> Iterator[Source]:
    """Files but pictures, last those whose pages others hold better; where none has labels,
    folders of pictures whose names are texts. What cannot be opened may be labels, too."""
    is_found, trdg, last, unread = False, dict[Path, None](), list[Source](), list[OSError]()
    for path in (folder / each for each in below(folder, is_import, unread.append)):
        if ends_as_image(path.name):
            if not is_found and asked in (None, "trdg") and texts.is_trdg(path.name):
                trdg[path.parent] = None
        elif not asked and is_copy(path):
            yield source(path, aside=_COPY)
        elif path.name not in _PARTNERS:
            file = _file(path, asked, source)
            is_found |= bool(file.format)
            if path.suffix == ".cach" or file.format == "label_studio_min":
                last.append(file)
            else:
                yield file
    yield from last
    if not is_found:
        yield from (source(path, "trdg") for path in trdg)
    yield from (source(Path(error.filename), problem=why(error)) for error in unread)


def _file(path: Path, asked: str | None, source: _Make) -> Source:
    """A file that may hold labels of the format that is asked for."""
    try:
        is_pipe = not (path.is_file() or path.is_symlink())
        found = None if is_pipe else format_of(path)
    except OSError as error:
        return source(path, problem=why(error))
    aside = _UNKNOWN if found is None else _OTHER if asked not in (None, found) else ""
    return source(path, "" if aside else found or "", aside)


def _part(path: Path, root: Path) -> str:
    """As the file's name or a folder's says."""
    inside = path.relative_to(root) if path.is_relative_to(root) else Path(path.name)
    own = path.name if path.is_dir() else inside.stem
    return part_named(own, *(each.name for each in inside.parents))
