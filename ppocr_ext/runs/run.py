"""A run's folder, which run is meant when none is named, and the model folder made of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ppocr_ext.checkpoint.checkpoint import BEST, LATEST, Checkpoint
from ppocr_ext.checkpoint.inventory import newest_first, readable
from ppocr_ext.checksums import SUMS_NAME, require_recorded, write_sums
from ppocr_ext.console import tool_command
from ppocr_ext.errors import UserError
from ppocr_ext.records import METRICS

ROOT = Path("output")  # below which runs lie
LOGS = ("train.log", METRICS)
SEAL = f"{BEST}.dict.txt"  # of a published folder, which is not a run that can continue
_MANIFESTS = (f"{LATEST}.json", f"{BEST}.json")
_DEPTH = 3


@dataclass(frozen=True)
class Run:
    """A folder that training writes into, or a published one; read only when asked."""

    folder: Path

    @classmethod
    def newest(cls, root: Path = ROOT) -> Run:
        """The run below ``root`` that recorded something last. Raises :class:`UserError`."""
        if runs := cls.newest_first(root):
            return runs[0]
        raise UserError(
            f"there is no run under {root}",
            f"a folder below it with a {' or a '.join(LOGS)}, or with a checkpoint",
            f"give one, or train one: {tool_command('train.py')}",
        )

    @classmethod
    def newest_first(cls, root: Path = ROOT) -> list[Run]:
        """Runs up to three folders below ``root``; a published model is none."""
        folders = {
            path.parent
            for name in (*LOGS, *_MANIFESTS)
            for depth in range(1, _DEPTH + 1)
            for path in root.glob("/".join([*["*"] * depth, name]))
            if path.is_file()
        }
        runs = [cls(folder) for folder in sorted(folders)]
        return sorted((r for r in runs if not r.is_published), key=cls.last_record, reverse=True)

    @property
    def is_published(self) -> bool:
        """Whether ``tools/publish_model.py`` made it."""
        return (self.folder / SEAL).is_file()

    @property
    def name(self) -> str:
        return self.folder.resolve().name

    def place(self, name: str) -> Path:
        """Where a tool writes beside it: into its folder; of a published one ``output/<name>``,
        because that one is complete and git keeps it."""
        return ROOT / name if self.is_published else self.folder

    def find(self, name: str = LATEST) -> Checkpoint | None:
        """Its newest checkpoint of that name, not verified; :data:`LATEST` is the newest of all."""
        return next(iter(readable(newest_first(self.folder, name))), None)

    def last_record(self) -> float:
        """Seconds since 1970 of the last record in its logs; without a log, of its manifests."""
        from ppocr_ext.records.lines import last_time  # reading with a model needs no records

        logs = [last_time(self.folder / name) for name in LOGS if (self.folder / name).is_file()]
        saved = ((self.folder / name) for name in _MANIFESTS)
        return max(logs or [path.stat().st_mtime for path in saved if path.is_file()], default=0.0)


INFERENCE = "inference"  # the folder in a run, or in a published model
SETTINGS_NAME = "inference.yml"
ONNX_FILE = "inference.onnx"
PROGRAM_FILE = "inference.json"
WEIGHTS_FILE = "inference.pdiparams"
FILES = frozenset({SETTINGS_NAME, ONNX_FILE, PROGRAM_FILE, WEIGHTS_FILE, SUMS_NAME})


def is_model_folder(folder: Path) -> bool:
    """Whether ``folder`` is an export, even one that has lost a file."""
    return any((folder / name).is_file() for name in FILES - {SUMS_NAME})


def seal_model(folder: Path) -> None:
    """Record what every file of a finished export is."""
    write_sums(folder, (name for name in FILES - {SUMS_NAME} if (folder / name).is_file()))


def require_intact_model(folder: Path, *names: str) -> None:
    """Raise :class:`UserError` when a file is not what the export wrote.

    Folders without :data:`SUMS_NAME`, of PaddleOCR or of earlier exports, are taken as they are.
    """
    require_recorded(folder, *names, cure=how_to_make(folder))


def how_to_make(folder: Path) -> str:
    """The command that writes ``folder`` again when the run beside it can; else in words."""
    run = folder.parent
    has_weights = any(run.glob("*.pdparams")) and not Run(run).is_published
    if folder.name == INFERENCE and has_weights:
        return tool_command("export_model.py", "--model", run, "--output", folder)
    return f"copy {folder} again from where it came from, or choose another model with --model"
