"""How many keys a person presses to make one text of another, with Telex, from a caret at the end.

A chord (Ctrl+Enter) counts as one, Shift for a capital as none: both sides of a comparison have
the same.
"""

from __future__ import annotations

from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from ppocr_ext.text import decompose


class Edit(NamedTuple):
    """keys: as Playwright presses them, ``"text:…"`` for letters that an input method makes; count:
    the keys of a keyboard that they are."""

    keys: list[str]
    count: int


def telex(text: str) -> int:
    """Keys of a text: ``ế`` is e, e, s."""
    letters = [decompose(each) for each in text]
    return sum(1 + (each.shape != "none") + (each.tone != "level") for each in letters)


def retyped(text: str) -> Edit:
    """All of it again."""
    return Edit(["Control+a", f"text:{text}"], 1 + telex(text))


def by_arrows(draft: str, truth: str) -> Edit:
    """Each wrong place from the last to the first: the caret there, letters away, letters in."""
    keys: list[str] = []
    count = passed = 0  # new letters before the caret
    caret = len(draft)  # in the draft, whose letters before it are as they were
    for block in reversed(Levenshtein.opcodes(draft, truth)):
        if block.tag == "equal":
            continue
        back, forth = caret - block.src_end + passed, block.src_end
        moves = ["ArrowLeft"] * back if back <= forth + 1 else ["Home", *["ArrowRight"] * forth]
        right = truth[block.dest_start : block.dest_end]
        wrong = ["Backspace"] * (block.src_end - block.src_start)
        keys += [*moves, *wrong, *([f"text:{right}"] if right else [])]
        count += len(moves) + len(wrong) + telex(right)
        caret, passed = block.src_start, len(right)  # the caret stands behind the new letters
    return Edit(keys, count)


def by_tab(draft: str, truth: str, doubtful: list[int]) -> Edit | None:
    """Tab from one uncertain letter to the next, and another letter over it; ``None`` where a
    change is anywhere else."""
    blocks = [block for block in Levenshtein.opcodes(draft, truth) if block.tag != "equal"]
    places = {}
    for block in blocks:
        if block.tag != "replace" or block.src_end - block.src_start != 1:
            return None
        places[block.src_start] = truth[block.dest_start : block.dest_end]
    if not set(places) <= set(doubtful):
        return None
    keys: list[str] = []
    count = 0
    for place in sorted(doubtful):
        if not places:
            break
        keys.append("Tab")
        count += 1
        if place in places:
            right = places.pop(place)
            keys.append(f"text:{right}")
            count += telex(right)
    return Edit(keys, count)


def cheapest(*edits: Edit | None) -> Edit:
    return min((each for each in edits if each is not None), key=lambda each: each.count)
