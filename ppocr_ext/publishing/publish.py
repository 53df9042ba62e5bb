"""From a run to the folder that is published: complete, verified, and put in place in one step.

output/vi_PP-OCRv6_small_rec/
  README.md                      the model card
  inference/                     the model folder, for PaddleOCR, RapidOCR, our reader and
                                 fine-tuning, which lifts its weights
  best_accuracy.dict.txt         the dictionary of the network
  language_vi.json.gz            the language model, if one helps
  SHA256SUMS                     of the dictionary and the language model
  samples/labels.txt             ten synthetic lines, read when nothing else is named
  report_card.*, train.log, config.yml, config_history/    how it was trained
"""

from __future__ import annotations

import getpass
import re
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from ppocr_ext.checkpoint.checkpoint import BEST
from ppocr_ext.checkpoint.store import Warn
from ppocr_ext.checksums import SUMS_NAME, write_sums
from ppocr_ext.config import Config
from ppocr_ext.errors import UserError
from ppocr_ext.export.export import ExportOptions, export_model
from ppocr_ext.export.publish import replacing_folder
from ppocr_ext.export.trained import TrainedModel, load_trained
from ppocr_ext.files import write_text
from ppocr_ext.infer.defaults import SAMPLES
from ppocr_ext.infer.language import FILE_NAME as LANGUAGE
from ppocr_ext.infer.language import LanguageModel
from ppocr_ext.models.base import write_dictionary
from ppocr_ext.models.build import ARCHITECTURES
from ppocr_ext.models.weights import read_lifted
from ppocr_ext.publishing.card import Training, data_section, model_card
from ppocr_ext.publishing.scores import Score, below_floor, score_sets
from ppocr_ext.report.build import FILES as REPORT
from ppocr_ext.report.build import make_report, save_report
from ppocr_ext.report.report import Finding
from ppocr_ext.runs.history import CONFIG
from ppocr_ext.runs.history import FOLDER as HISTORY
from ppocr_ext.runs.logs import find_source
from ppocr_ext.runs.model import Model, find_model
from ppocr_ext.runs.run import INFERENCE, SEAL
from ppocr_ext.runtime import REPOSITORY
from ppocr_ext.synth.factory import LineFactory
from ppocr_ext.synth.presets import load_preset

_PATH = re.compile(rb"(?<![\w.+])/(?:work|tmp|home|root|opt|mnt|media|Users)/|[A-Z]:\\+Users")
_BINARY = (".pdparams", ".pdiparams", ".onnx", ".png", ".gz")
_ANYBODY = ("localhost", "root", "user", "admin", "ubuntu")
_SHORTEST = 4  # letters of a name that is looked for: shorter ones are part of anything


def refuse_private(folder: Path) -> None:
    """Raise :class:`UserError` for the first file with a path, host or user of this machine."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix not in _BINARY and (found := _private(path)):
            raise UserError(
                f"{path.relative_to(folder)} names this machine: {found}",
                "relative paths only: what is published is for others",
                "train with paths relative to the project, as the configs here have them",
            )


def refuse_own_texts(folder: Path) -> None:
    """Raise :class:`UserError` for a language model in ``folder`` that counts the user's texts."""
    path = folder / LANGUAGE
    if path.is_file() and (own := LanguageModel.load(path).own_texts):
        raise UserError(
            f"{path.name} counts {own:,} texts of your own, and parts of them can be read from it",
            "a language model of generated texts only",
            "build it again with tools/language_model.py, without --count",
        )


def _private(path: Path) -> str:
    """What names the machine, with a little behind it; empty when nothing does."""
    content = path.read_bytes()
    patterns = [_PATH]
    if path.suffix != ".html":  # whose images are letters in any order
        patterns += [re.compile(rb"\b" + re.escape(name.encode()) + rb"\b") for name in _names()]
    for pattern in patterns:
        if found := pattern.search(content):
            return content[found.start() : found.end() + 40].decode("utf-8", "replace")
    return ""


def _names() -> set[str]:
    """Host and user, where they are names of this machine alone."""
    names = {socket.gethostname(), getpass.getuser(), REPOSITORY.as_posix(), str(REPOSITORY)}
    return {name for name in names if len(name) >= _SHORTEST and name not in _ANYBODY}


LARGEST = 25_000_000  # bytes of the exported folder
_RECORDED = (SEAL, LANGUAGE)  # in SHA256SUMS
_RECORDS = ("train.log", CONFIG, HISTORY)
FILES = frozenset(
    (
        *("README.md", *_RECORDED, SUMS_NAME, INFERENCE),
        *(f"{BEST}.pdparams", f"{BEST}.json"),  # of earlier publications
        *(Path(SAMPLES).parts[0], *_RECORDS, *REPORT),
    )
)

# Of the lines that come with a model, so that it reads before anything is made or named.
_PARTS = ("test_clean", "test_long", "test_capitals", "test_numbers", "test_degraded")
_LISTED = "a run whose Architecture is that of a model PaddleOCR lists (configs/models)"
_SEED = 1  # lines that are in none of the tests
_QUALITY = 90  # of JPEG


@dataclass(frozen=True)
class Published:
    """The folder, the bytes of its exported model, and its scores."""

    folder: Path
    size: int
    scores: list[Score]

    def describe(self) -> str:
        """What was published, for people."""
        rows = [f"published {self.folder}; the exported model has {self.size / 1e6:.1f} MB"]
        rows += [f"  {each.name}: acc {each.acc:.4f}, CER {each.cer:.4f}" for each in self.scores]
        return "\n".join(rows)


def publish(
    model: str | Path | Model,
    target: Path,
    parts: Mapping[str, Path],
    others: Mapping[str, Path],
    warn: Warn | None = None,
) -> Published:
    """Write, prove, and only then put in place the folder above.

    Args:
        model: run folder or checkpoint prefix.
        target: the folder; an older published model in it is replaced.
        parts: name → label file of the synthetic test.
        others: name → label file of which only the name and the scores are published.

    Raises :class:`UserError` when the model does not belong to a run or is too large, or a file is
    private.
    """
    model = find_model(model)
    trained = load_trained(model, warn=warn)
    if trained.config is None:
        raise UserError(
            f"{model.named} does not belong to a run",
            "a run folder or checkpoint of tools/train.py",
        )
    if trained.is_decoder:
        raise UserError(
            f"{model.named} reads with an attention decoder",
            "a network that every runtime reads with: CTC",
            "train one of the others of configs/models; a decoder can guide it as NRTRHead",
        )
    if trained.name not in ARCHITECTURES:
        raise UserError(f"no listed model has the network of {model.named}", _LISTED)
    run = _from_here(model.run.folder)
    with replacing_folder(target, FILES) as folder:
        write_dictionary(folder / SEAL, trained.charset)
        export_model(trained, folder / INFERENCE, ExportOptions())
        _require_same(trained, folder)
        size = _size(folder / INFERENCE)
        _copy_records(run, folder)
        write_sums(folder, (name for name in _RECORDED if (folder / name).is_file()))
        write_samples(folder / SAMPLES)
        refuse_own_texts(folder)
        training = _training(trained, trained.config, folder)
        report = make_report(find_source([run]), output=folder, remember=False)
        report.findings = [_from_the_repository(finding) for finding in report.findings]
        save_report(report, folder)
        refuse_private(folder)
        tested, told = score_sets(folder, parts, "all parts"), score_sets(folder, others)
        if warn is not None:
            for finding in below_floor(tested):
                warn(finding)
        write_text(folder / "README.md", model_card(folder, target.name, training, tested, told))
        refuse_private(folder)
    return Published(target, size, [*tested, *told])


def _from_here(path: Path) -> Path:
    """Relative to the current directory when it lies below: the report shows paths of files."""
    try:
        return path.resolve().relative_to(Path.cwd())
    except ValueError:
        return path


def _from_the_repository(finding: Finding) -> Finding:
    """Its commands as they are typed in a clone, wherever this one lies."""
    return replace(finding, advice=finding.advice.replace(f"{REPOSITORY.as_posix()}/", ""))


def _require_same(trained: TrainedModel, folder: Path) -> None:
    """Raise :class:`UserError` unless training that starts from the export has these weights."""
    lifted, _ = read_lifted(find_model(folder).trainable)
    for name, tensor in trained.network.state_dict().items():
        if name not in lifted or not np.array_equal(tensor.numpy(), lifted[name]):
            raise UserError(
                f"{trained.weights} is a different network from {trained.name}: {name} differs",
                _LISTED,
            )


def write_samples(labels: Path) -> None:
    """Draw two lines in the manner of each of five parts of the test, beside their label file."""
    rows = []
    for number, name in enumerate(_PARTS):
        factory = LineFactory(load_preset(name), "test", _SEED)
        for index in (2 * number, 2 * number + 1):
            pixels, text = factory.line(index)
            _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
            path = labels.with_name(f"{index}.jpg")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data.tobytes())
            rows.append(f"{path.name}\t{text}\n")
    write_text(labels, "".join(rows))


def _size(folder: Path) -> int:
    size = sum(path.stat().st_size for path in folder.iterdir())
    if size > LARGEST:
        raise UserError(
            f"the exported model has {size / 1e6:.1f} MB",
            f"at most {LARGEST / 1e6:.0f} MB",
            "publish a smaller network: configs/models",
        )
    return size


def _copy_records(run: Path, folder: Path) -> None:
    """How it was trained, and the run's language model if it has one."""
    for name in (*_RECORDS, LANGUAGE):
        if (run / name).is_dir():
            shutil.copytree(run / name, folder / name)
        elif (run / name).is_file():
            shutil.copyfile(run / name, folder / name)


def _training(trained: TrainedModel, config: Config, folder: Path) -> Training:
    state = trained.state["train"]
    counted = trained.global_step, state["samples"], state["seconds"]
    return Training(config, data_section(folder), *counted)
