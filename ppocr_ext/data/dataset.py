"""Line samples: each a pure function of (seed, epoch, index) and of the augmentation given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

import numpy as np

from ppocr_ext.data.labels import LabelLine
from ppocr_ext.data.order import Joins
from ppocr_ext.data.source import Source
from ppocr_ext.errors import UserError
from ppocr_ext.show.formats import counted
from ppocr_ext.text.charset import Charset
from ppocr_ext.text.codec import CTCCodec
from ppocr_ext.text.unicode import normalize
from ppocr_ext.transforms.image import UnreadableImage
from ppocr_ext.transforms.resize import HEIGHT, JoinSettings, join_lines

Change = Callable[[np.ndarray, np.random.Generator], np.ndarray]
"""An augmentation: (uint8 [H, W, 3], generator) → uint8 [H, W', 3]."""

CTC_STRIDE = 8  # pixels of width for one CTC step, in PP-OCRv3 to v6


class Problem(NamedTuple):
    """What is wrong with one line, and in the words of this line."""

    reason: Reason
    text: str


class Sample(NamedTuple):
    """One line ready for a batch.

    ``problem`` says why the sample cannot be learned from. Training skips such samples;
    evaluation keeps them (with a blank image when it is the image that failed), so that they
    count as errors.
    """

    image: np.ndarray  # uint8 [height, W, 3] BGR
    ids: list[int]  # CTC classes of the text, [] when it cannot be encoded
    text: str  # normalised label
    path: str
    problem: Problem | None = None


class LineDataset:
    """The lines of one or several sources under one dictionary.

    ``index`` runs over the sources in order. An index beyond ``len`` is a repeat of
    ``index % len`` within the epoch: the same line, augmented differently.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        charset: Charset,
        *,
        train: bool,
        seed: int = 0,
        height: int = HEIGHT,
        join: JoinSettings | None = None,
        max_text_length: int | None = None,
        ctc_stride: int = CTC_STRIDE,
        rgb: bool = False,
    ) -> None:
        if not sources:
            raise UserError("the dataset has no label file", "at least one in label_file_list")
        self.sources = tuple(sources)
        self.codec = CTCCodec(charset)
        self.train, self.seed, self.height = train, seed, height
        self.max_text_length, self.ctc_stride, self.rgb = max_text_length, ctc_stride, rgb
        self.part_sizes = [len(source) for source in self.sources]
        self._ends = np.cumsum(self.part_sizes)
        self._widths: np.ndarray | None = None
        self._joins: Joins | None = None
        if train and join is not None and join.probability > 0:
            self._joins = Joins(join, self._widths_in_files(), self.part_sizes, height, seed)

    def __len__(self) -> int:
        return int(self._ends[-1])

    def locate(self, index: int, epoch: int = 0) -> tuple[Source, int]:
        """The source of ``index`` and the position in it."""
        index %= len(self)
        part = int(np.searchsorted(self._ends, index, side="right"))
        source, position = self.sources[part], index - self._start(part)
        return source, position + epoch * len(source) * source.endless

    def line(self, index: int, epoch: int = 0) -> LabelLine:
        """The label line of ``index`` as written."""
        source, position = self.locate(index, epoch)
        return source.line(position)

    def sample(self, epoch: int, index: int, change: Change | None = None) -> Sample:
        """Line ``index`` in ``epoch``: joined with another (training), then augmented."""
        rng = np.random.default_rng([self.seed, epoch, index])
        sample = self._read(epoch, index, rng)
        if sample.problem:
            return sample
        if self._joins is not None:
            sample = self._join(self._joins, sample, epoch, index, rng)
        if change is not None:
            changed = sample._replace(image=change(sample.image, rng))
            if not self._length_problem(changed):  # narrower than CTC needs: stays as it was
                sample = changed
        if self.rgb:
            sample = sample._replace(image=np.ascontiguousarray(sample.image[..., ::-1]))
        return sample._replace(problem=self._length_problem(sample))

    def widths(self, epoch: int) -> np.ndarray:
        """``int32 [N]`` widths before augmentation, joins of this epoch included; 0: unreadable."""
        widths = self._joins.widths(epoch) if self._joins else self._widths_in_files()
        if not any(source.endless for source in self.sources):
            return widths
        widths = widths.copy()
        for part, source in enumerate(self.sources):
            if source.endless:
                widths[self._start(part) : self._ends[part]] = source.widths(epoch)
        return widths

    def usable(self) -> tuple[np.ndarray, Excluded]:
        """Bool [N]: lines that can be learned from as far as label and image header show, and
        why the others cannot."""
        widths, excluded = self._widths_in_files(), Excluded()
        mask = np.ones(len(self), dtype=bool)
        for index in self._doubtful(widths):
            source, position = self.locate(index)
            line = source.line(position)
            squashed = int(widths[index]) >= source.max_width
            reason = self._reason_against(line, int(widths[index]), squashed)
            if reason is not None:
                mask[index] = False
                told = line.problem if reason is Reason.LINE else reason.value
                excluded.add(reason, told, f"{source.name}: {line.path}")
        return mask, excluded

    def _doubtful(self, widths: np.ndarray) -> Iterator[int]:
        """Indices of the lines that are not plainly usable."""
        offset = 0
        longest = self.max_text_length or np.iinfo(np.int64).max
        for source in self.sources:
            for facts in source.facts(self.codec.charset):
                first = offset + facts.first
                steps = widths[first : first + len(facts.odd)] // self.ctc_stride
                doubtful = facts.odd | (facts.steps > steps) | (facts.length > longest)
                yield from (first + np.flatnonzero(doubtful)).tolist()
            offset += len(source)

    def _reason_against(self, line: LabelLine, width: int, squashed: bool) -> Reason | None:
        if line.problem:
            return Reason.LINE
        if width == 0:
            return Reason.UNREADABLE
        text = normalize(line.text)
        if (reason := self._label_reason(text)) is not None:
            return reason
        if self.codec.min_steps(self.codec.encode(text)) <= width // self.ctc_stride:
            return None
        return Reason.SQUASHED if squashed else Reason.STEPS

    def _label_reason(self, text: str) -> Reason | None:
        """Why a normalised label cannot be learned, whatever its image."""
        if not text:
            return Reason.EMPTY
        if missing := self.codec.charset.missing(text):
            return Reason.SPACE if missing == [" "] else Reason.CHARACTERS
        if self.max_text_length is not None and len(text) > self.max_text_length:
            return Reason.LONG
        return None

    def _start(self, part: int) -> int:
        return int(self._ends[part]) - self.part_sizes[part]

    def _widths_in_files(self) -> np.ndarray:
        """``int32 [N]``; 0 for lines of an endless source, which are never joined."""
        if self._widths is None:
            parts = [
                np.zeros(len(source), np.int32) if source.endless else source.widths()
                for source in self.sources
            ]
            self._widths = np.concatenate(parts)
        return self._widths

    def _read(self, epoch: int, index: int, rng: np.random.Generator) -> Sample:
        """The plain sample: image, normalised text, ids, and the first problem met."""
        source, position = self.locate(index, epoch)
        line = source.line(position)
        path = line.path
        if line.others:  # several images of one text: training draws, evaluation takes the first
            pick = int(rng.integers(len(line.others) + 1)) if self.train else 0
            path = (line.path, *line.others)[pick]
        text = normalize(line.text)
        ids, problem = self._encode(text)
        if line.problem:
            problem = Problem(Reason.LINE, line.problem)
        if problem and self.train:
            return Sample(self._blank(), [], text, path, problem)
        try:
            image = source.image(position, path)
        except UnreadableImage as error:
            problem = Problem(Reason.UNREADABLE, f"{Reason.UNREADABLE.value}: {error}")
            return Sample(self._blank(), [], text, path, problem)
        return Sample(image, ids, text, path, problem)

    def _encode(self, text: str) -> tuple[list[int], Problem | None]:
        reason = self._label_reason(text)
        if reason is None:
            return self.codec.encode(text), None
        words = reason.value
        if reason is Reason.CHARACTERS:
            words += f": {' '.join(sorted(self.codec.charset.missing(text)))}"
        elif reason is Reason.LONG:
            words += f" {self.max_text_length}"
        return [], Problem(reason, words)

    def _length_problem(self, sample: Sample) -> Problem | None:
        steps = sample.image.shape[1] // self.ctc_stride
        needed = self.codec.min_steps(sample.ids)
        if needed <= steps:
            return None
        words = f"label needs {counted(needed, 'CTC step')}, its image gives {steps}"
        return Problem(Reason.STEPS, words)

    def _blank(self) -> np.ndarray:
        return np.full((self.height, self.height, 3), 255, dtype=np.uint8)

    def _join(
        self, joins: Joins, sample: Sample, epoch: int, index: int, rng: np.random.Generator
    ) -> Sample:
        for partner in joins.partners(epoch)[:, index % len(self)].tolist():
            other = self._read(epoch, partner, rng) if partner >= 0 else None
            if other is None or other.problem:
                break
            text = sample.text + joins.settings.separator + other.text
            ids, problem = self._encode(text)
            if problem:
                break
            image = join_lines(sample.image, other.image, joins.gap)
            sample = Sample(image, ids, text, sample.path)
        return sample


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
    Reason.LINE: "write one `image path<TAB>text` per line",
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
            "; ".join([*cures, f"list the problem of each line with: {check}"]),
        )
