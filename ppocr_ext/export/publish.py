"""A folder that is replaced whole or not at all."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from ppocr_ext.checkpoint import disk
from ppocr_ext.errors import UserError
from ppocr_ext.files import followed, sync_folder
from ppocr_ext.locks import beside, only_writer
from ppocr_ext.outputs import check_folder, instead, other_name
from ppocr_ext.runs.run import FILES


@contextmanager
def replacing_folder(target: Path, names: Collection[str] = FILES) -> Iterator[Path]:
    """A new folder that takes the place of ``target`` when the block succeeds.

    A failing block leaves ``target`` as it was. Raises :class:`UserError` when another process
    writes it, or as :func:`require_replaceable` does.
    """
    target = followed(Path(target))
    require_replaceable(target, names)
    target.parent.mkdir(parents=True, exist_ok=True)
    disk.remove_abandoned(target.parent)
    cure = instead("--output", other_name(target))
    with (
        only_writer(target, beside(target), cure),
        disk.temporary(target.parent) as folder,
    ):
        folder.mkdir()
        yield folder
        for path in folder.rglob("*"):
            if path.is_file():
                disk.settle(path)
        _exchange(folder, target)
        sync_folder(target.parent)


def _exchange(folder: Path, target: Path) -> None:
    """Rename ``folder`` to ``target``; a failure puts the old one back."""
    if not target.exists():
        disk.rename(folder, target)
        return
    with disk.temporary(target.parent) as aside:
        disk.rename(target, aside)
        try:
            disk.rename(folder, target)
        except OSError:
            disk.rename(aside, target)
            raise


def require_replaceable(target: Path, names: Collection[str] = FILES) -> None:
    """Raise :class:`UserError` unless ``target`` can be made, or replaced without a loss.

    names: all that an older one may hold, besides ``inference.*``; nothing else is removed.
    """
    check_folder("--output", target)
    there = sorted(path.name for path in target.iterdir()) if target.is_dir() else []
    others = [name for name in there if name not in names and not name.startswith("inference.")]
    if others:
        raise UserError(
            f"{target} is not an exported model: it holds "
            + ", ".join(others[:3] + ["…"] * (len(others) > 3)),
            "a new folder, an empty one, or an older export, which is replaced",
            instead("--output", other_name(target)),
        )
