"""Reading Paddle's pickles (``.pdparams``, ``.pdopt``, ``.states``) without running their content.

A pickle names functions and calls them: a downloaded checkpoint could run anything. Here the few
names that ``paddle.save`` and stock PaddleOCR emit lead to stand-ins that only collect values;
numpy itself never sees the file's shapes and types before they are checked.
"""

from __future__ import annotations

import math
import pickle
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Any

from ppocr_ext.checkpoint.checkpoint import as_json
from ppocr_ext.errors import UserError

if TYPE_CHECKING:
    import numpy as np

_NAME_TABLE = "StructuredToParameterName@@"
_SLICED = "UnpackBigParamInfor@@"  # tensors above 1 GiB are cut by protocols 2 and 3
_NUMBER_KINDS = frozenset("biufc")


def read_pdparams(path: Path) -> dict[str, np.ndarray]:
    """Weights: parameter name → array of the shape and dtype that was saved (bfloat16 as uint16).

    Raises:
        UserError: missing, truncated, not a Paddle file, not finite, or it asks for a forbidden
            function.
    """
    import numpy as np

    weights = _read_mapping(path)
    for name, value in weights.items():
        if not isinstance(value, np.ndarray):
            raise _unexpected(path, f"'{name}' is {type(value).__name__}, not a tensor")
    _refuse_nonfinite(path, weights)
    return weights


def _refuse_nonfinite(path: Path, values: Mapping[str, Any]) -> None:
    """Training from a NaN gives nothing but NaN; reading gives empty texts."""
    import numpy as np

    arrays = {name: value for name, value in values.items() if isinstance(value, np.ndarray)}
    if bad := [name for name, array in arrays.items() if not np.isfinite(array).all()]:
        more = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
        raise UserError(
            f"{path}: {bad[0]}{more} of {len(arrays)} tensors hold numbers that are not finite",
            "finite weights; these are damaged, or the run that saved them had diverged",
            "use an earlier checkpoint of that run, or other weights",
        )


def read_parameter_names(path: Path) -> dict[str, str]:
    """Of a ``.pdparams`` file, parameter name → Paddle's own name, which ``.pdopt`` is keyed by.

    Empty when the file does not say. Raises as :func:`read_pdparams`.
    """
    table = _read_all(path).get(_NAME_TABLE, {})
    return {str(name): str(own) for name, own in table.items()} if isinstance(table, dict) else {}


def read_pdopt(path: Path) -> dict[str, Any]:
    """Optimizer state: accumulator name → array, ``LR_Scheduler`` and ``master_weights`` → dict."""
    state = _read_mapping(path)
    _refuse_nonfinite(path, state)
    return state


def read_states(path: Path) -> dict[str, Any]:
    """PaddleOCR's ``.states``: ``{"best_model_dict": {…}, "epoch": 3, "global_step": 18}``."""
    return _read_mapping(path)


def write_states(path: Path, states: Mapping[str, Any]) -> None:
    """Write ``.states`` as stock PaddleOCR does (protocol 2), with plain numbers only."""
    with open(path, "wb") as stream:
        pickle.dump(as_json(states), stream, protocol=2)


def _read_mapping(path: Path) -> dict[str, Any]:
    values = _read_all(path)
    values.pop(_NAME_TABLE, None)
    return values


def _read_all(path: Path) -> dict[str, Any]:
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path} does not exist")
    try:
        with open(path, "rb") as stream:
            value = _plain(_Unpickler(stream).load())
    except OSError:
        raise
    except _ForbiddenError as error:
        raise UserError(
            f"{path} would run code ({error}), which no checkpoint needs",
            expected="a file written by paddle.save or PaddleOCR",
            cure="do not use this file; get it again from a source that you trust",
        ) from None
    except Exception as error:  # a broken pickle can fail in any way
        raise _unexpected(path, f"truncated or not a Paddle file ({error})") from error
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise _unexpected(path, f"holds {type(value).__name__}, not named values")
    return _join_slices(value)


def _unexpected(path: Path, what: str) -> UserError:
    return UserError(
        f"{path}: {what}",
        expected="a file written by paddle.save or PaddleOCR",
        cure="copy or download it again; for inference models use tools/base_weights.py",
    )


def _join_slices(values: dict[str, Any]) -> dict[str, Any]:
    """Put together the tensors that protocols 2 and 3 had to cut (paddle's _pack_loaded_dict)."""
    import numpy as np

    for name, cut in values.pop(_SLICED, {}).items():
        pieces = [values.pop(piece) for piece in cut["slices"]]
        values[name] = np.concatenate(pieces).reshape(cut["OriginShape"])
    return values


class _ForbiddenError(Exception):
    """A global name that is not on the list."""


class _DType:
    """Stand-in of ``numpy.dtype``: the code (``f4``) and, from its state, the byte order."""

    def __init__(self, code: str, align: object = False, copy: object = True) -> None:
        self.code, self.order = str(code), "="

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.order = str(state[1])

    def resolve(self) -> np.dtype:
        import numpy as np

        dtype = np.dtype(self.code)
        if dtype.kind not in _NUMBER_KINDS:
            raise ValueError(f"an array of {dtype} is not a tensor")
        return dtype.newbyteorder(">") if self.order == ">" else dtype


class _Array:
    """Stand-in of ``numpy.ndarray``."""

    raw: bytes | bytearray
    shape: tuple[int, ...]

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _version, self.shape, self.dtype, self.fortran, self.raw = state

    def resolve(self) -> np.ndarray:
        import numpy as np

        raw = self.raw.encode("latin1") if isinstance(self.raw, str) else self.raw  # Python 2
        dtype = self.dtype.resolve()
        if math.prod(self.shape) * dtype.itemsize != len(raw):
            raise ValueError(f"{len(raw)} bytes for an array of {dtype} {self.shape}")
        array = np.frombuffer(raw, dtype).reshape(self.shape, order="F" if self.fortran else "C")
        return array.astype(dtype.newbyteorder("="))  # a writable copy of the bytes


def _reconstruct(kind: type, shape: tuple[int, ...], code: bytes) -> _Array:
    if kind is not _Array:
        raise ValueError("an array of another type than numpy.ndarray")
    return _Array()


def _from_buffer(raw: bytes, dtype: _DType, shape: tuple[int, ...], order: str) -> _Array:
    array = _Array()
    array.__setstate__((1, shape, dtype, order == "F", raw))
    return array


def _scalar(dtype: _DType, raw: bytes | str) -> Any:
    array = _Array()
    array.__setstate__((1, (), dtype, False, raw))
    return array.resolve().item()


def _encode(text: str, encoding: str) -> bytes:
    if encoding != "latin1":
        raise ValueError(f"bytes encoded as {encoding}")
    return text.encode("latin1")  # how protocol 2 writes bytes


def _eval(source: str, names: Mapping[str, Any] = MappingProxyType({})) -> Any:
    if source != "data":  # how paddle.save writes a DenseTensor: eval('data', {'data': array})
        raise _ForbiddenError("builtins.eval")
    return names["data"]


_ALLOWED: dict[tuple[str, str], Callable[..., Any]] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("_codecs", "encode"): _encode,
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _DType,
    **{("builtins", kind.__name__): kind for kind in (tuple, list, dict, set, bytes)},
    ("builtins", "eval"): _eval,
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy.core.multiarray", "scalar"): _scalar,
    ("numpy.core.numeric", "_frombuffer"): _from_buffer,
}


class _Unpickler(pickle.Unpickler):
    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(stream, encoding="latin1")

    def find_class(self, module: str, name: str) -> Any:
        canonical = module.replace("numpy._core", "numpy.core").replace("__builtin__", "builtins")
        try:
            return _ALLOWED[canonical, name]
        except KeyError:
            raise _ForbiddenError(f"{module}.{name}") from None


def _plain(value: Any) -> Any:
    """Stand-ins → arrays, at any depth; ``(name, array)``, a saved Tensor, → the array."""
    if isinstance(value, _Array):
        return value.resolve()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], _Array):
        return _plain(value[1])
    if isinstance(value, (list, tuple)):
        return type(value)(_plain(item) for item in value)
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes, set)):
        return value
    raise ValueError(f"unexpected {type(value).__name__}")
