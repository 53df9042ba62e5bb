"""The images of a folder or a glob, and what is passed over there, with the reason."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from contextlib import suppress

from ppocr_ext.errors import UserError
from ppocr_ext.infer.reasons import Reasons
from ppocr_ext.transforms.image import IMAGE_SUFFIXES

_PICTURES = frozenset(
    {
        *(".heic", ".heif", ".jxl", ".pdf", ".djvu", ".ps", ".eps", ".svg", ".ai", ".psd", ".xcf"),
        *(".raw", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".wmf", ".emf", ".docx", ".pptx"),
    }
)
NOT_DECODED = "a format that is not read: convert it to PNG or JPEG"
NOT_AN_IMAGE = "not named as an image"


def is_image(name: str) -> bool:
    """Whether a file of that name is taken for an image; its content decides how it is decoded."""
    return _suffix(name) in IMAGE_SUFFIXES


def is_unread_picture(name: str) -> bool:
    """Whether a file of that name is a picture or a document in a format that is not decoded."""
    return _suffix(name) in _PICTURES


def in_folder(folder: str, passed_over: Reasons) -> Iterator[str]:
    """Image files below ``folder``, sorted within each folder; links to folders are followed once.

    A link that leads back up would otherwise never end. Links to nothing and pipes that are named
    as images are among them: reading them gives the reason. Raises :class:`UserError` for a
    ``folder`` that cannot be listed.
    """
    seen: set[str] = set()
    pending = [folder]
    while pending:
        current = pending.pop()
        real = os.path.realpath(current)
        if real in seen:
            continue
        seen.add(real)
        try:
            with os.scandir(current) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            if current == folder:
                raise UserError(f"{current} cannot be read: {error.strerror}") from None
            passed_over.add(f"a folder that cannot be read: {error.strerror}", current)
            continue
        folders = {entry.path: None for entry in found if _is_folder(entry)}
        files = (entry.path for entry in found if entry.path not in folders)
        yield from _images(files, passed_over)
        pending += reversed(folders)


def of_glob(pattern: str, passed_over: Reasons) -> Iterator[str]:
    """Image files that fit a pattern, sorted; ``**`` stands for any folders."""
    found = sorted(glob.iglob(pattern, recursive=True))
    yield from _images((path for path in found if not os.path.isdir(path)), passed_over)


def _images(paths: Iterator[str], passed_over: Reasons) -> Iterator[str]:
    for path in paths:
        if is_image(path):
            yield path
        elif not os.path.basename(path).startswith("."):
            passed_over.add(NOT_DECODED if is_unread_picture(path) else NOT_AN_IMAGE, path)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    with suppress(OSError):  # a link to itself
        return entry.is_dir()
    return False


def _suffix(name: str) -> str:
    return os.path.splitext(name)[1].lower()
