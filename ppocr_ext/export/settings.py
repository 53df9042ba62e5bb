"""``inference.yml``: the dictionary and how to prepare images, as PaddleOCR 3.x reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ppocr_ext.errors import UserError
from ppocr_ext.files import write_text
from ppocr_ext.runs.run import SETTINGS_NAME, how_to_make, require_intact_model
from ppocr_ext.text.charset import Charset

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast


@dataclass(frozen=True)
class ModelSettings:
    """name: PaddleOCR's model name; facts: where the model comes from and what was verified."""

    name: str
    charset: Charset
    facts: Mapping[str, Any]

    @property
    def is_decoder(self) -> bool:
        """Whether an attention decoder reads, which Paddle alone runs."""
        return "decoder" in self.facts

    def write(self, folder: Path) -> None:
        """Write ``inference.yml``. PaddleX adds the blank and the space to the dictionary."""
        from ppocr_ext.config import dump_yaml  # its schema would slow the start of every reading

        tree = {
            "Global": {"model_name": self.name},
            "PreProcess": {
                "transform_ops": [
                    {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}},
                    {"RecResizeImg": {"image_shape": [3, 48, 320]}},
                ]
            },
            "PostProcess": {
                "name": "CTCLabelDecode",
                "character_dict": list(self.charset.characters),
            },
            "Export": {"use_space_char": self.charset.use_space_char, **self.facts},
        }
        write_text(folder / SETTINGS_NAME, dump_yaml(tree))

    @classmethod
    def read(cls, folder: Path) -> ModelSettings:
        """Read a model folder's settings, of this export or of PaddleOCR's own models."""
        folder = Path(folder)
        require_intact_model(folder, SETTINGS_NAME)
        path = folder / SETTINGS_NAME
        try:
            tree = yaml.load(path.read_text(encoding="utf-8"), _Loader)
            name = tree["Global"]["model_name"]
            characters = [str(each) for each in tree["PostProcess"]["character_dict"]]
        except FileNotFoundError:
            raise UserError(f"{path} does not exist", _EXPECTED, how_to_make(folder)) from None
        except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError) as error:
            what = f"{type(error).__name__}: {error}".splitlines()[0]
            found, cure = f"{path} cannot be understood ({what})", how_to_make(folder)
            raise UserError(found, _EXPECTED, cure) from None
        facts = tree.get("Export") or {}
        return cls(name, Charset(characters, facts.get("use_space_char", True)), facts)


_EXPECTED = "a model folder: inference.yml with inference.onnx or inference.json + .pdiparams"
