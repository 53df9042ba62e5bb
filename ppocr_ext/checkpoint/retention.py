"""Which checkpoints stay: a pure function of their manifests."""

from __future__ import annotations

from collections.abc import Iterable

from ppocr_ext.checkpoint.manifest import Manifest


def to_keep(manifests: Iterable[Manifest], keep_last: int, keep_every: int | None) -> set[str]:
    """The ids of the ``keep_last`` newest, of every ``keep_every`` steps, and of each best one.

    Every ``best_*`` name protects the newest checkpoint that bears it. ``iter_epoch_N`` needs no
    protection: its files outlive the folder that they were published from.
    """
    newest = sorted(manifests, key=lambda manifest: manifest.serial, reverse=True)
    kept = {manifest.id for manifest in newest[:keep_last]}
    if keep_every:
        kept |= {manifest.id for manifest in newest if manifest.global_step % keep_every == 0}
    guarded: set[str] = set()
    for manifest in newest:
        bests = {name for name in manifest.names if is_best(name)}
        if bests - guarded:
            kept.add(manifest.id)
        guarded |= bests
    return kept


def is_best(name: str) -> bool:
    return name.startswith("best")
