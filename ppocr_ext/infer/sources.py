"""What to read: a folder, a label file, a list of paths, or a single image."""

from __future__ import annotations

from pathlib import Path

from ppocr_ext.errors import UserError
from ppocr_ext.files import read_text

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".gif", ".jp2", ".ppm", ".pgm"}
)


def list_images(source: str | Path) -> list[tuple[str, Path]]:
    """(name as it is to be written, path) of every image, in a stable order.

    A folder is searched recursively, its names are relative to the current folder. Lines of a
    text file are ``path`` or ``path<TAB>label``, relative to that file's folder. Raises
    :class:`UserError` when there is nothing to read.
    """
    source = Path(source)
    if source.is_dir():
        paths = sorted(p for p in source.rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES)
        found = [(path.as_posix(), path) for path in paths]
    elif not source.is_file():
        raise UserError(
            f"{source} does not exist",
            "a folder of line images, a label file or an image",
            "give it with --images, or as Global.infer_img in the config",
        )
    elif source.suffix.lower() in IMAGE_SUFFIXES:
        found = [(source.as_posix(), source)]
    else:
        names = [line.split("\t")[0] for line in read_text(source).splitlines() if line.strip()]
        found = [(name, source.parent / name) for name in names]
    if not found:
        raise UserError(
            f"{source}: no image found",
            "files ending in " + " ".join(sorted(IMAGE_SUFFIXES)),
            "check the folder, or give another one with --images",
        )
    return found
