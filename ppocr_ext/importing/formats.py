"""Which files of a folder hold labels, and who reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from ppocr_ext.data.foreign import FORMATS, format_of
from ppocr_ext.data.repair import ends_as_image
from ppocr_ext.errors import UserError
from ppocr_ext.importing import json_sets, label_studio, own, tables, texts, xml_pages
from ppocr_ext.importing.page import Damage, Page, Read, Source
from ppocr_ext.importing.pictures import below

_MODULES = (json_sets, label_studio, tables, texts, xml_pages)
READERS: dict[str, Read] = {  # of the format ``icdar`` the function ``read_icdar`` of a module
    name: getattr(module, f"read_{name}")
    for name in FORMATS
    for module in _MODULES
    if hasattr(module, f"read_{name}")
}
READERS["import"] = own.read_own
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
) -> tuple[list[Source], Path]:
    """The label files at ``path``, a file or a folder, and the folder that pictures may lie in.

    Raises :class:`UserError` without any.
    """
    if not path.exists():
        raise UserError(
            f"{path}: there is no such file or folder",
            "a label file of another tool, or a folder with its labels and images",
            "correct the path",
        )
    folder = path if path.is_dir() else path.parent
    if root is None:
        root = folder.parent if folder.name.casefold() in _BESIDE_IMAGES else folder
        if path.is_dir() and format_of_folder(path) == "lmdb":
            root = folder
    found = [path] if path.is_file() else [path / each for each in below(path)]
    sources = []
    for each in found:
        name = format if path.is_file() and format else _format(each)
        if name is not None and (path.is_file() or _is_read(each, name, format)):
            sources.append(Source(each, root, name, _part(each, root), take_drafts, take_difficult))
    if (
        not sources
        and path.is_dir()
        and format in (None, "trdg")
        and format_of_folder(path) == "trdg"
    ):
        folders = sorted({each.parent for each in found if texts.is_trdg(each.name)})
        sources = [Source(each, root, "trdg", _part(each / "x", root)) for each in folders]
    if not sources:
        raise UserError(
            f"{path}: no labels of a format that is known",
            "one of " + ", ".join(READERS),
            "name the label file itself, or its format with --format",
        )
    if sources[0].format == "import":
        root = Path(own.header_of(sources[0].path)["root"])
    return sources, root


def _format(path: Path) -> str | None:
    if ends_as_image(path.name):
        return None
    if path.name == own.PAGES:
        return "import" if own.is_own(path) else None
    return format_of(path)


def format_of_folder(folder: Path) -> str | None:
    """A database, or pictures whose names are texts."""
    if (folder / "data.mdb").is_file():
        return "lmdb"
    names = [Path(each).name for each in below(folder)]
    return "trdg" if any(texts.is_trdg(each) for each in names) else None


def _is_read(path: Path, name: str, asked: str | None) -> bool:
    """Whether a file of a folder is a label file, and not a copy of one that is read there."""
    beside = path.parent
    if own.is_own(beside / own.PAGES):
        return name == "import"
    if name == "label_studio_min" and asked is None:  # the whole export stands beside it
        return not any(format_of(each) == "label_studio" for each in beside.glob("*.json"))
    if name == "lines" and (beside / "Label.txt").is_file():
        return False  # rec_gt.txt: crops of the same boxes
    return asked in (None, name)


def _part(path: Path, root: Path) -> str:
    """train, val or test, as the file's name or a folder's says."""
    inside = path.relative_to(root) if path.is_relative_to(root) else Path(path.name)
    for name in (inside.stem, *(each.name for each in inside.parents)):
        for word in _WORD.findall(name.casefold()):
            if word in _PARTS:
                return _PARTS[word]
    return ""


def part_named(word: str) -> str:
    """The part of a data set that a file's own word for it means."""
    return _PARTS.get(word.casefold(), "")


def read(sources: Sequence[Source]) -> Iterator[tuple[Source, Page | Damage]]:
    """All pages, file by file; a damaged file is one :class:`Damage` and the next one is read."""
    for source in sources:
        try:
            for page in READERS[source.format](source):
                yield source, page
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError) as error:
            reason = str(error) if isinstance(error, (ValueError, OSError)) else repr(error)
            yield source, Damage(source.name, reason or type(error).__name__)


def described(sources: Sequence[Source]) -> str:
    """``3 files: PAGE XML``."""
    names = dict.fromkeys(FORMATS.get(each.format, "an import of this product") for each in sources)
    files = "1 file" if len(sources) == 1 else f"{len(sources):,} files"
    return f"{files}: " + "; ".join(names)
