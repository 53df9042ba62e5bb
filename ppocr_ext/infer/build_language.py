"""Build a language model from drawn Vietnamese lines, and find the weights that lower the CER."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from ppocr_ext.errors import UserError
from ppocr_ext.infer.images import load_image
from ppocr_ext.infer.language import LanguageModel, Weights
from ppocr_ext.infer.lines import prepare
from ppocr_ext.infer.reading import read_output
from ppocr_ext.infer.recognizer import Recognizer
from ppocr_ext.infer.sources import open_source
from ppocr_ext.runs.model import Model
from ppocr_ext.scores.recognition import RecognitionMetric
from ppocr_ext.show.formats import counted
from ppocr_ext.synth.corpus import Corpus
from ppocr_ext.synth.manifest import MANIFEST
from ppocr_ext.synth.presets import load_preset
from ppocr_ext.synth.style import Style
from ppocr_ext.synth.styles import STYLES
from ppocr_ext.text.unicode import normalize
from ppocr_ext.transforms.image import UnreadableImage

TRIED = (
    *(Weights(0.1, 0.25), Weights(0.2, 0.5), Weights(0.3, 0.75), Weights(0.4, 1.0)),
    *(Weights(0.6, 1.3), Weights(0.8, 1.6)),
)
KEPT_GAIN = 0.9  # of what the best weights bring: strong ones rewrite names and codes
MOST_LOST = 0.001  # CER that no set may lose by the model
OWN_COUNTS = 5  # drawn texts that one of the user's own counts as much as (output/LOG.md)
Outputs = list[tuple[list[np.ndarray], list[str], str]]


def draw_lines(count: int, seed: int = 0) -> list[str]:
    """Texts as training lines of every look have them, from the training part of the packaged
    corpora; all with their marks, and without syllables that no language has."""
    preset = replace(load_preset("all"), balance=0.0, pairs=0.0)
    corpus, rng = Corpus(preset, "train"), random.Random(seed)
    names, shares = zip(*preset.styles.items(), strict=True)
    return [_draw(corpus, rng, STYLES[name]) for name in rng.choices(names, shares, k=count)]


def _draw(corpus: Corpus, rng: random.Random, style: Style) -> str:
    if style.prose and rng.random() < corpus.preset.long_lines:
        return corpus.draw_long(rng)
    text = corpus.draw(rng, style)
    return text.upper() if rng.random() < style.capitals else text


def own_labels(model: Model) -> list[Path]:
    """Label files that a run was trained on, without those that make_data.py drew."""
    settings = model.config()
    paths = map(Path, settings.Train.dataset.label_file_list if settings else ())
    return [each for each in paths if each.is_file() and not each.with_name(MANIFEST).is_file()]


def own_texts(labels: Iterable[Path]) -> list[str]:
    """Texts of label files. Raises :class:`UserError` for files that are none."""
    items = (item for path in labels for item in open_source(path).items())
    return [normalize(item.truth) for item in items if item.truth]


def count(drawn: list[str], own: list[str]) -> LanguageModel:
    """A model of drawn texts and of the user's own, which say what lines to come are like."""
    model = LanguageModel.of_lines([*drawn, *own * OWN_COUNTS])
    model.own_texts = len(own)
    return model


def tune(
    model: LanguageModel, recognizer: Recognizer, sets: Sequence[Path], lines: int
) -> list[str]:
    """Set ``model.weights`` to the least that bring nearly what the best of those tried bring.

    Each of ``sets``, label files, weighs the same; weights by which one of them loses more than
    :data:`MOST_LOST` of CER are not taken. Returns a table of what each brought. Raises
    :class:`UserError` when none beats greedy reading, or there are no labels.
    """
    outputs = [_outputs(recognizer, path, lines) for path in sets]
    for path, found in zip(sets, outputs, strict=True):
        if not found:
            raise UserError(f"{path}: no labelled line", "path<TAB>label lines")
    greedy = _character_error_rates(outputs, recognizer, None)
    count = sum(map(len, outputs))
    table = [f"greedy: {_shown(greedy)} on {counted(count, 'line')}"]
    gains: dict[Weights, float] = {}
    for weights in TRIED:
        model.weights = weights
        rates = _character_error_rates(outputs, recognizer, model)
        table.append(f"weights {weights.model}, {weights.length}: {_shown(rates)}")
        if (rates - greedy).max() <= MOST_LOST:
            gains[weights] = float((greedy - rates).mean())
    best = max(gains.values(), default=0.0)
    if best <= 0:
        raise UserError("\n".join([*table, "the language model does not help on these lines"]))
    model.weights = next(each for each, gain in gains.items() if gain >= KEPT_GAIN * best)
    return table


def _shown(rates: np.ndarray) -> str:
    return "CER " + ", ".join(f"{rate:.4f}" for rate in rates)


def _outputs(recognizer: Recognizer, images: Path, lines: int) -> Outputs:
    """(probabilities of the pieces, what joins them, label) of each readable labelled line."""
    outputs: Outputs = []
    for item in islice(open_source(images).items(), lines):
        try:
            pieces = prepare(load_image(item.path))
        except UnreadableImage:
            continue
        if item.truth is not None:
            glue = [piece.glue for piece in pieces]
            outputs.append((recognizer.run(pieces), glue, normalize(item.truth)))
    return outputs


def _character_error_rates(
    sets: Sequence[Outputs], recognizer: Recognizer, model: LanguageModel | None
) -> np.ndarray:
    """Of each set, [N]."""
    metrics = [RecognitionMetric() for _ in sets]
    for metric, outputs in zip(metrics, sets, strict=True):
        for probabilities, glue, truth in outputs:
            reading = read_output(probabilities, glue, recognizer.charset, language=model)
            metric.update([reading.text], [truth])
    return np.array([metric.summary()["cer"] for metric in metrics])


def describe(table: Sequence[str], model: LanguageModel, path: Path) -> str:
    """What was found and written."""
    chosen = f"chosen: {model.weights.model}, {model.weights.length}"
    return "\n".join([*table, chosen, f"wrote {path}"])
