"""Which picture below a folder a written name means, when labels and pictures lie apart.

``repair.ImageFinder`` looks where the name says; this looks everywhere.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote

from ppocr_ext.data.repair import ends_as_image

_BLANKS = re.compile(r"[\s_]+")


class NotFound(Exception):
    """The message is the reason: one of these."""

    NOWHERE = "its image is not there"
    OUTSIDE = "its image lies outside the source's folder (--root names a wider one)"
    SEVERAL = "its image: several files have this name"
    REASONS = (NOWHERE, OUTSIDE, SEVERAL)


class Pictures:
    """Finds pictures below one root; lists all of it only when a path leads nowhere."""

    def __init__(self, root: Path, leave_out: Callable[[Path], bool]) -> None:
        self.root, self.leave_out = root, leave_out
        self._real = os.path.realpath(root)
        self._names: dict[str, list[str]] = {}

    def find(self, names: Sequence[str], folder: Path) -> Path:
        """The picture that the first fitting one of ``names`` means, read from ``folder``.

        Raises :class:`NotFound`.
        """
        written = dict.fromkeys(each for name in names for each in (name, unquote(name)))
        reason = NotFound.NOWHERE
        for look in (self._exact, self._listed):
            for name in written:
                try:
                    found = look(name.replace("\\", "/"), folder)
                except NotFound as error:
                    reason = str(error)
                    continue
                if found is not None:
                    return found
        raise NotFound(reason)

    def _exact(self, name: str, folder: Path) -> Path | None:
        """Below the folder of the labels, or the root."""
        for start in dict.fromkeys((folder, self.root)):
            if name and os.path.isfile(path := os.path.join(start, name)):
                return self._inside(Path(path))
        return None

    def _inside(self, path: Path) -> Path:
        """Raise :class:`NotFound` for what ``..``, a link or an absolute path leads to outside."""
        if not Path(os.path.realpath(path)).is_relative_to(self._real):
            raise NotFound(NotFound.OUTSIDE)
        return path

    def _listed(self, name: str, folder: Path) -> Path | None:
        """Anywhere below the root, whatever its case, ending and Unicode form: of several the one
        whose folders fit best."""
        parts = [_key(part) for part in name.split("/") if part not in ("", ".")]
        if not parts or ".." in parts:
            return None
        if not self._names:
            for path in below(self.root, self.leave_out):
                if ends_as_image(path):
                    self._names.setdefault(_key(path.rpartition("/")[2]), []).append(path)
        found = self._names.get(parts[-1], [])
        scores = [_common([self.root.name, *each.split("/")], parts) for each in found]
        best = [each for each, score in zip(found, scores, strict=True) if score == max(scores)]
        if len(best) > 1 and folder.is_relative_to(self.root):  # the nearest to the labels
            start = folder.relative_to(self.root).parts
            near = [_shared(each.split("/")[:-1], start) for each in best]
            best = [each for each, n in zip(best, near, strict=True) if n == max(near)]
        if len(best) > 1:
            raise NotFound(NotFound.SEVERAL)
        return self._inside(self.root / best[0]) if best else None


def below(
    root: Path,
    leave_out: Callable[[Path], bool] = lambda folder: False,
    unread: Callable[[OSError], None] | None = None,
) -> Iterator[str]:
    """Files below a folder, as paths with forward slashes, sorted; hidden ones and links to folders
    are left out, and what a function says of folders. ``unread`` gets the error of each folder that
    cannot be listed."""
    for folder, folders, files in os.walk(root, onerror=unread):
        if leave_out(Path(folder)):
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
    same = [_key(a) == b for a, b in pairs]
    return same.index(False) if False in same else len(same)


def _shared(path: Sequence[str], start: Sequence[str]) -> int:
    """How many folders from the root down are the same."""
    same = [a == b for a, b in zip(path, start, strict=False)]
    return same.index(False) if False in same else len(same)
