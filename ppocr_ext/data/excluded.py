"""Why lines cannot be learned from, and what to do when that leaves none."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum

from ppocr_ext.errors import UserError


class Reason(Enum):
    """What is wrong with a line; the value is how the log says it."""

    LINE = "not path<TAB>text"
    UNREADABLE = "unreadable image"
    EMPTY = "empty label"
    SPACE = "spaces, which the dictionary lacks"
    CHARACTERS = "characters not in the dictionary"
    LONG = "label longer than max_text_length"
    STEPS = "label too long for its image"
    SQUASHED = "label too long for an image squashed to max_width"


_CURES = {
    Reason.LINE: "write one `image path<TAB>text` a line",
    Reason.UNREADABLE: "check Train.dataset.data_dir, the folder that paths of images start from",
    Reason.EMPTY: "label the images",
    Reason.SPACE: "set Global.use_space_char: true",
    Reason.CHARACTERS: "set Global.character_dict_path to a dictionary that has them",
    Reason.LONG: "raise Global.max_text_length",
    Reason.STEPS: "cut the images so that each holds its whole line",
    Reason.SQUASHED: "raise Train.sampler.max_width",
}


@dataclass
class Excluded:
    """Lines left out of training. ``counts``: reason as the log says it → lines."""

    counts: Counter[str] = field(default_factory=Counter)
    _reasons: Counter[Reason] = field(default_factory=Counter)
    _first: dict[Reason, str] = field(default_factory=dict)

    def add(self, reason: Reason, told: str, where: str) -> None:
        """``told``: the reason in the words of this line; ``where``: its place."""
        self.counts[told] += 1
        self._reasons[reason] += 1
        self._first.setdefault(reason, where)

    def refusal(self, total: int, check: str) -> UserError:
        """The error of a set in which no line is left. ``check``: what to type to see each line."""
        frequent = self._reasons.most_common(2)
        found = "; ".join(
            f"{count:,} with {reason.value} (first: {self._first[reason]})"
            for reason, count in frequent
        )
        cures = [_CURES[reason] for reason, _ in frequent]
        return UserError(
            f"no usable line among {total:,}: {found}",
            "at least one readable image with a label of the dictionary's characters",
            "; ".join([*cures, f"what is wrong with each line is said by: {check}"]),
        )
