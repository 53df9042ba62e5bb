"""The published Vietnamese model: what reads, and what fine-tuning starts from, by default.

output/vi_PP-OCRv6_small_rec/
  README.md                      the model card
  inference/                     the model folder, for PaddleOCR, RapidOCR and our reader
  best_accuracy.pdparams         weights to fine-tune, with .dict.txt and .json beside them
  language_vi.json.gz            the language model, if one helps
  SHA256SUMS                     of the weights, their dictionary and JSON, and the language model
  samples/labels.txt             ten synthetic lines, read when nothing else is named
  report_card.*, train.log, config.yml, config_history/    how it was trained
"""

from __future__ import annotations

from pathlib import Path

from ppocr_ext.console import command_line
from ppocr_ext.errors import UserError
from ppocr_ext.runtime import PUBLISHED, REPOSITORY

INFERENCE = "inference"  # the model folder inside; of a run folder, too, once it is exported
WEIGHTS = "best_accuracy"
SAMPLES = "samples/labels.txt"
SEAL = f"{WEIGHTS}.dict.txt"  # what tells such a folder from a run's


def is_published(folder: Path) -> bool:
    """Whether ``folder`` is one of ``tools/publish_model.py``: not a run that can go on."""
    return (folder / SEAL).is_file()


def home_of(model: Path) -> Path:
    """The folder of a run or a published model that is named by itself, its export or weights."""
    return model if model.is_dir() and model.name != INFERENCE else model.parent


def published_model() -> Path:
    """The model that reads when none is named. Raises :class:`UserError` when it is not there."""
    if not is_published(PUBLISHED):
        raise UserError(
            f"{PUBLISHED} does not exist",
            "the published Vietnamese model, which comes with this repository",
            command_line(
                ["git", "-C", str(REPOSITORY), "checkout", "--", f"output/{PUBLISHED.name}"]
            ),
        )
    return PUBLISHED
