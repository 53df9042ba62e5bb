"""A trained recogniser as a Python object: images in, texts and confidences out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set, Sized
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import groupby, islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, get_args, overload

import numpy as np

from ppocr_ext.errors import UserError
from ppocr_ext.export.engines import BATCHES, ENGINES, engine_for, open_engine
from ppocr_ext.export.settings import ModelSettings
from ppocr_ext.infer.doubt import BLANK, is_odd, is_one_colour, lines_in, why_no_line
from ppocr_ext.infer.images import Source, is_one_image, load_image
from ppocr_ext.infer.language import LanguageModel, language_beside, read_pieces
from ppocr_ext.infer.lines import Invert, Piece, prepare, to_batch
from ppocr_ext.infer.model import model_folder
from ppocr_ext.infer.reading import Reading, read_output
from ppocr_ext.runs.model import Model, find_model
from ppocr_ext.runtime import usable_processors
from ppocr_ext.transforms.image import UnreadableImage

In = TypeVar("In")
Out = TypeVar("Out")


def ordered(function: Callable[[In], Out], items: Iterable[In], workers: int) -> Iterator[Out]:
    """``map(function, items)`` by ``workers`` threads, at most two items a thread under way."""
    if workers == 1:
        yield from map(function, items)
        return
    with ThreadPoolExecutor(workers) as pool:
        under_way: deque[Future[Out]] = deque()
        try:
            for item in items:
                under_way.append(pool.submit(function, item))
                if len(under_way) >= 2 * workers:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for future in under_way:
                future.cancel()


def chunks(items: Iterable[In], size: int) -> Iterator[list[In]]:
    """Lists of ``size`` items; the last one may be shorter."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


CHUNK = 128  # images that one thread decodes, reads and hands over together, at most


class _Line(NamedTuple):
    """size: (height, width) of the image; lines: how many stand in it, one above the other;
    pieces: what the network takes of it."""

    source: Source
    size: tuple[int, int]
    lines: int
    pieces: list[Piece]


class Recognizer:
    """Reads line images; may be used from several threads at once.

    A line's reading never depends on the lines around it: each is padded to a multiple of 32
    pixels, whatever is read beside it.

    Args:
        model: a folder of ``tools/export_model.py``, a run folder (its ``best_accuracy``, else
            ``latest``), or a checkpoint prefix; default: the published Vietnamese model. A
            checkpoint is exported once, beside itself.
        engine: ``onnxruntime`` or ``paddle``, whose texts are the same; ``openvino``, which rounds
            to bfloat16 where the processor can; ``auto`` is the fastest on this machine, and
            ``float32`` one of the first two. An attention decoder runs on ``paddle`` alone.
        threads: lines read at the same time (default: every processor this process may use).
        batch_size: lines of one width computed together (default: what is fastest on a CPU, 4 with
            OpenVINO, else 1). It changes no reading.
        invert: light text on a dark ground is turned over when it is found (``auto``).
        alternatives: how many other candidates each character of a reading lists; 0 for none.
        language_model: a file of ``tools/language_model.py`` that decides between likely
            characters; ``auto`` is the one built for this model, if there is one. With ``None``,
            and with alternatives, the likeliest character is taken.
        reread: narrow letters are drawn wider and read a second time.
    """

    def __init__(
        self,
        model: str | Path | Model | None = None,
        engine: str = "auto",
        threads: int | None = None,
        batch_size: int | None = None,
        invert: Invert = "auto",
        alternatives: int = 0,
        language_model: str | Path | None = "auto",
        reread: bool = True,
    ) -> None:
        _require_whole("threads", usable_processors() if threads is None else threads, 1)
        _require_whole("batch_size", 1 if batch_size is None else batch_size, 1)
        _require_whole("alternatives", alternatives, 0)
        _require_one_of("invert", invert, get_args(Invert))
        _require_one_of("engine", engine, ENGINES)
        _require_path("model", model, "a path, or None for the published model")
        _require_path("language_model", language_model, "a file, 'auto', or None for none")
        if language_model == "":
            raise UserError("language_model is empty", "a file, 'auto', or None for none")
        model = find_model(model, "published")
        if language_model == "auto":
            language_model = None if alternatives else language_beside(model.home)
        if alternatives and language_model:
            raise UserError(
                "alternatives are the network's own, and a language model may overrule them",
                "one of the two",
            )
        with ThreadPoolExecutor(1) as beside:  # unpacked while the network is checked and compiled
            language = (
                beside.submit(LanguageModel.load, Path(language_model), model.named)
                if language_model
                else None
            )
            self._open(model, engine, threads)
            self.language = language.result() if language else None
        self.batch_size = batch_size or BATCHES.get(engine_for(self.folder, engine), 1)
        self.invert = invert
        self.alternatives = alternatives
        self.reread = reread and not self.settings.is_decoder

    def _open(self, model: Model, engine: str, threads: int | None) -> None:
        """The network, its dictionary and what computes it."""
        self.folder = model_folder(model)
        self.settings = ModelSettings.read(self.folder)
        if self.settings.is_decoder and engine in ("onnxruntime", "openvino"):
            raise UserError(
                f"engine {engine} does not run the attention decoder of {model.named}",
                "paddle, which auto chooses",
                "leave out --engine, or engine= in Python",
            )
        self.charset = self.settings.charset
        self.threads = threads or usable_processors()
        self.engine = engine
        self._engine = open_engine(self.folder, engine, self.threads)

    @property
    def fingerprint(self) -> str:
        """The same for two recognisers only if they read the same, or as fast as they can."""
        weights = self.settings.facts.get("weights_sha256") or self.folder.resolve()
        is_exact = self.engine in ("float32", "onnxruntime", "paddle") or self.settings.is_decoder
        return str(weights) if is_exact else f"{weights}, {self.engine}"

    @overload
    def read(self, images: Source) -> Reading: ...  # type: ignore[overload-overlap]
    @overload
    def read(self, images: Iterable[Source]) -> list[Reading]: ...
    def read(self, images: Source | Iterable[Source]) -> Reading | list[Reading]:
        """Read one image, or several in order.

        Images are paths, the bytes of files, arrays [H, W, 3] of uint8 in OpenCV's order of
        colours (:func:`load_image` takes others, too) and Pillow's images. One gives one
        :class:`Reading`; a list, or anything else to go through, gives a list. What is not a line
        of text has its reason as ``error``; the others are still read.

        Raises :class:`UserError` for what is neither an image nor several.
        """
        if is_one_image(images):
            return next(self._stream([images], 1, 1))
        several = list(_several(images))
        workers = min(self.threads, len(several)) or 1
        return list(self._stream(several, self._chunk_size(len(several)), workers))

    def stream(self, images: Iterable[Source], count: int | None = None) -> Iterator[Reading]:
        """As :meth:`read` for any number of images: yields while it reads, in bounded memory.

        ``count``: how many they are, where that is known: the threads then end at the same time.
        Raises :class:`UserError` for one image.
        """
        if is_one_image(images):
            raise UserError("stream() was given one image", "several", "read(image) reads one")
        count = len(images) if isinstance(images, Sized) else count
        return self._stream(_several(images), self._chunk_size(count), self.threads)

    def _chunk_size(self, count: int | None) -> int:
        """As large as it may be, so that many lines of a chunk have one width, and so that every
        thread gets as many of ``count`` images."""
        most = max(CHUNK, 4 * self.batch_size)
        if count is None:
            return most
        rounds = -(-count // (most * self.threads)) or 1
        return -(-count // (rounds * self.threads)) or 1

    def read_crops(self, crops: Sequence[np.ndarray]) -> list[Reading]:
        """Lines that were cut out of a page, uint8 BGR [H, W, 3]: whether each is one is not asked.

        In order; one that says nothing has an empty text and confidence 0.
        """
        workers, some = (
            min(self.threads, len(crops)) or 1,
            chunks(crops, self._chunk_size(len(crops))),
        )
        return [each for readings in ordered(self._read_all, some, workers) for each in readings]

    def _stream(self, images: Iterable[Source], size: int, workers: int) -> Iterator[Reading]:
        for readings in ordered(self._read_chunk, chunks(images, size), workers):
            yield from readings

    def _read_chunk(self, images: Sequence[Source]) -> list[Reading]:
        lines = [self._prepare(image) for image in images]
        pieces = [piece for line in lines if isinstance(line, _Line) for piece in line.pieces]
        outputs = iter(self.run(pieces))
        readings = []
        for line in lines:
            if isinstance(line, str):
                readings.append(Reading("", 0.0, line))
            else:
                readings.append(self._judged(line, [next(outputs) for _ in line.pieces]))
        return readings

    def _prepare(self, image: Source) -> _Line | str:
        """One line and its pieces, or why it cannot be read."""
        try:
            pixels = load_image(image)
        except UnreadableImage as error:
            return str(error)
        if is_one_colour(pixels):
            return BLANK
        pieces = prepare(pixels, self.invert)
        return _Line(image, pixels.shape[:2], lines_in(pixels), pieces)

    def _judged(self, line: _Line, outputs: Sequence[np.ndarray]) -> Reading:
        """What a line says, or why it is not a line."""
        reading = self._text(line.pieces, outputs)
        if not is_odd(line.size, line.lines, reading):
            return reading
        try:  # once more from its file: a chunk of pages would not fit into memory
            image = load_image(line.source)
            reason = why_no_line(image, line.lines, reading, outputs, self._read_pixels)
        except UnreadableImage as error:
            reason = str(error)
        return Reading("", 0.0, reason) if reason else reading

    def _read_pixels(self, pixels: np.ndarray) -> Reading:
        """uint8 BGR [H, W, 3] as it is, whatever it shows."""
        return self._read_all([pixels])[0]

    def _read_all(self, images: Sequence[np.ndarray]) -> list[Reading]:
        """As :meth:`_read_pixels`, computed together."""
        lines = [prepare(image, self.invert) for image in images]
        outputs = iter(self.run([piece for pieces in lines for piece in pieces]))
        return [self._text(pieces, [next(outputs) for _ in pieces]) for pieces in lines]

    def _text(self, pieces: Sequence[Piece], outputs: Sequence[np.ndarray]) -> Reading:
        glue = [piece.glue for piece in pieces]
        return read_output(outputs, glue, self.charset, self.alternatives, self.language)

    def run(self, pieces: Sequence[Piece]) -> list[np.ndarray]:
        """Probabilities [T, classes] of each piece, of narrow letters when drawn wider."""
        return read_pieces(pieces, self._compute) if self.reread else self._compute(pieces)

    def _compute(self, pieces: Sequence[Piece]) -> list[np.ndarray]:
        """Probabilities [T, classes] of each piece; batches hold one width only."""
        outputs: list[np.ndarray] = [np.empty(0)] * len(pieces)

        def width(place: int) -> int:
            return pieces[place].padded_width

        for _, group in groupby(sorted(range(len(pieces)), key=width), key=width):
            for places in chunks(group, self.batch_size):
                batch = to_batch([pieces[place] for place in places])
                for place, output in zip(places, self._engine(batch), strict=True):
                    outputs[place] = output
        return outputs


def _several(images: Any) -> Iterator[Any]:
    if hasattr(images, "read"):  # its lines are bytes of a file, not files
        raise UserError("an open file was given", "its path, or its content: file.read()")
    if isinstance(images, (Mapping, Set)):
        raise UserError(
            f"a {type(images).__name__} of images was given",
            "a list or a generator: one reading for each, in its order",
            "read(list(images)), or list(images.values()) of a mapping",
        )
    try:
        return iter(images)
    except TypeError:
        raise UserError(
            f"{type(images).__name__} is neither an image nor several",
            "a path, a file's bytes, an array of pixels, a Pillow image, or a list of them",
        ) from None


def _require_whole(name: str, value: Any, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise UserError(f"{name} is {value!r}", f"a whole number, {least} or above")


def _require_path(name: str, value: Any, expected: str) -> None:
    if not (value is None or isinstance(value, (str, Path, Model))):
        raise UserError(f"{name} is {value!r}", expected)


def _require_one_of(name: str, value: Any, known: Sequence[str]) -> None:
    if value not in known:
        raise UserError(f"unknown {name} {value!r}", "one of " + ", ".join(known))
