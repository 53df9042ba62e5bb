"""Which file a written name means: below the root, and one only."""

from __future__ import annotations

import os
import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from ppocr_ext.data.repair import ImageFinder, ends_as_image
from ppocr_ext.importing import own
from ppocr_ext.importing.page import Skip

_BLANKS = re.compile(r"[\s_]+")
_FOLDERS = 64  # whose listings are held at once


class NotFound(Exception):
    """The message is the reason, one of those of ``page``."""


class Pictures:
    """Finds pictures below one root; lists all of it only when a path leads nowhere.

    May be used from several threads at once.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._real = Path(os.path.realpath(root))
        self._finder = lru_cache(_FOLDERS)(ImageFinder)
        self._names: dict[str, list[str]] | None = None
        self._lock = threading.Lock()

    def find(self, names: Sequence[str], folder: Path) -> Path:
        """The picture that the first fitting one of ``names`` means, read from ``folder``.

        Raises :class:`NotFound`.
        """
        reasons = [Skip.NO_IMAGE]
        for name in names:
            for written in dict.fromkeys((name, unquote(name))):
                try:
                    found = self._near(written, folder) or self._below(written)
                except NotFound as error:
                    reasons.append(str(error))
                    continue
                if found is not None:
                    return found
        raise NotFound(reasons[-1])

    def _near(self, written: str, folder: Path) -> Path | None:
        """Below the folder of the labels, or the root."""
        for start in dict.fromkeys((folder, self.root)):
            with self._lock:
                finder = self._finder(start)
            found = finder.find(written)
            if found is not None:
                return self._inside(start / found.path)
        return None

    def _inside(self, path: Path) -> Path:
        """Raise :class:`NotFound` for what ``..``, a link or an absolute path leads to outside."""
        if not Path(os.path.realpath(path)).is_relative_to(self._real):
            raise NotFound(Skip.ELSEWHERE)
        return path

    def _below(self, written: str) -> Path | None:
        """Anywhere below the root: of several the one whose folders fit best."""
        parts = [part for part in written.replace("\\", "/").split("/") if part not in ("", ".")]
        if not parts or ".." in parts:
            return None
        fitting = self._listed(_key(parts[-1]))
        if len(fitting) > 1:
            scores = [_common(each.split("/"), parts) for each in fitting]
            fitting = [e for e, score in zip(fitting, scores, strict=True) if score == max(scores)]
        if len(fitting) > 1:
            raise NotFound(Skip.AMBIGUOUS)
        return self._inside(self.root / fitting[0]) if fitting else None

    def _listed(self, key: str) -> list[str]:
        with self._lock:
            if self._names is None:
                self._names = {}
                for path in below(self.root):
                    if ends_as_image(path):
                        self._names.setdefault(_key(path.rpartition("/")[2]), []).append(path)
            return self._names.get(key, [])


def below(root: Path) -> Iterator[str]:
    """Files below a folder, as paths with forward slashes, sorted; hidden ones, links to folders
    and imports of this product are left out."""
    for folder, folders, files in os.walk(root):
        if own.PAGES in files and Path(folder) != root and own.is_own(Path(folder, own.PAGES)):
            folders.clear()
            continue
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        start = Path(folder).relative_to(root)
        yield from ((start / name).as_posix() for name in sorted(files) if name[0] != ".")


def _key(name: str) -> str:
    """Equal for names that differ in case, Unicode form, ending, or in blanks for underscores."""
    plain = unicodedata.normalize("NFC", os.path.splitext(name)[0]).casefold()
    return _BLANKS.sub("_", plain)


def _common(path: Sequence[str], written: Sequence[str]) -> int:
    """How many folders before the name are the same."""
    pairs = zip(reversed(path[:-1]), reversed(written[:-1]), strict=False)
    return next(
        (n for n, (a, b) in enumerate(pairs) if _key(a) != _key(b)), min(len(path), len(written))
    )
