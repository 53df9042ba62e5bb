"""What a log says of weights that were not loaded: which tensors, and why.

Source of the forms: ``ppocr/utils/save_load.py`` of PaddleOCR 2.0 to 3.7, ``set_state_dict`` of
Paddle, and our ``models/weights.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_SHAPE = r"\[[\d, ]*\]"
_FORMS = (
    re.compile(
        rf"^The shape of model params (?P<name>\S+) (?P<model>{_SHAPE}) not matched with loaded "
        rf"params (?:\S+ )?(?P<file>{_SHAPE})"
    ),
    re.compile(
        rf"Skip loading for (?P<name>\S+)\. \S+ receives a shape (?P<file>{_SHAPE}), but the "
        rf"expected shape is (?P<model>{_SHAPE})"
    ),
    re.compile(r"Skip loading for (?P<name>\S+)\. \S+ is not found in the provided dict"),
    re.compile(r"^(?P<name>[\w.]+) not in loaded params "),
    re.compile(r"^The pretrained params (?P<unused>\S+) not in model"),
)
_OURS = re.compile(r"^not loaded, they start (?:anew|at random): (?P<names>.+)$")
_OUR_NAME = re.compile(r"([\w.]+)(?: \(shape (\[[\d, ]*\])\))?")
# Heads that only guide a CTC head while it learns.
_GUIDE = re.compile(r"head\.(?:before_gtc|gtc_head|sar_head|nrtr_head|structure_head)\b")
_PART = re.compile(r"(?:^|\.)(backbone|neck|head)\.")


class Lost(NamedTuple):
    """A tensor of the model that starts at random, or one of the file that the model lacks.

    model, file: its shape there, empty where the log does not say. step: of the loading.
    """

    name: str
    model: str
    file: str
    unused: bool
    step: int

    @property
    def part(self) -> str:
        """``backbone``, ``neck`` or ``head``; empty of a tensor with another name."""
        found = _PART.search(self.name)
        return found.group(1) if found else ""

    @property
    def only_guides(self) -> bool:
        """Whether it belongs to a head that nobody reads with."""
        return bool(_GUIDE.search(self.name))

    @property
    def classes(self) -> tuple[int, int] | None:
        """Of a head: outputs in the model and in the file, when they are all that differs."""
        ours, theirs = ([int(n) for n in re.findall(r"\d+", s)] for s in (self.model, self.file))
        differing = [pair for pair in zip(ours, theirs, strict=False) if pair[0] != pair[1]]
        alike = len(ours) == len(theirs) and len(differing) == 1
        return differing[0] if alike and self.part == "head" else None


def lost_tensors(message: str, step: int) -> Iterator[Lost]:
    """The tensors that one message of a loading names; none for any other message."""
    for form in _FORMS:
        if found := form.search(message):
            parts = found.groupdict()
            unused = "unused" in parts
            name = parts["unused" if unused else "name"]
            yield Lost(name, parts.get("model") or "", parts.get("file") or "", unused, step)
            return
    if found := _OURS.match(message):
        for name, shape in _OUR_NAME.findall(found.group("names")):
            yield Lost(name, "", shape, False, step)
