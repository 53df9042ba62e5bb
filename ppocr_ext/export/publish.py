"""A folder that is replaced whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ppocr_ext.checkpoint import disk, scratch
from ppocr_ext.errors import UserError
from ppocr_ext.export.folder import FILES, SETTINGS_NAME


@contextmanager
def replacing_folder(target: Path, mark: str = SETTINGS_NAME) -> Iterator[Path]:
    """A new folder that takes the place of ``target`` when the block succeeds.

    A failing block leaves ``target`` as it was. Raises :class:`UserError` when ``target`` holds
    anything but an older model, told by its file ``mark``, or an export that has lost that.
    """
    target = Path(target)
    _require_replaceable(target, mark)
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch.remove_abandoned(target.parent)
    with scratch.temporary(target.parent) as folder:
        folder.mkdir()
        yield folder
        for path in folder.rglob("*"):
            if path.is_file():
                disk.settle(path)
        _exchange(folder, target)
        disk.sync_folder(target.parent)


def _exchange(folder: Path, target: Path) -> None:
    """Rename ``folder`` to ``target``; a failure puts the old one back."""
    if not target.exists():
        disk.rename(folder, target)
        return
    with scratch.temporary(target.parent) as aside:
        disk.rename(target, aside)
        try:
            disk.rename(folder, target)
        except OSError:
            disk.rename(aside, target)
            raise


def _require_replaceable(target: Path, mark: str) -> None:
    if target.is_dir():
        names = {path.name for path in target.iterdir()}
        if mark in names or names <= FILES:
            return
    if target.exists():
        raise UserError(
            f"{target} is not an exported model",
            f"a new folder, an empty one, or one with {mark}, which is replaced",
            "choose another folder with --output",
        )
