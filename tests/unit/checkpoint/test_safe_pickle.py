"""Pickles of Paddle and PaddleOCR are read; anything that would run code is refused."""

from __future__ import annotations

import os
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from ppocr_ext.checkpoint import read_pdopt, read_pdparams, read_states, write_states
from ppocr_ext.errors import UserError


@pytest.fixture
def path(vietnamese_path: Path) -> Path:
    return vietnamese_path / "trọng số.pdparams"


def dump(path: Path, value: object, protocol: int = 4) -> Path:
    path.write_bytes(pickle.dumps(value, protocol=protocol))
    return path


def assert_equal(read: dict, expected: dict) -> None:
    assert list(read) == list(expected)
    for name, array in expected.items():
        assert read[name].dtype == array.dtype and read[name].shape == array.shape
        np.testing.assert_array_equal(read[name], array)


ARRAYS = {
    "conv.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "transposed": np.arange(6, dtype=np.float64).reshape(2, 3).T,
    "half": np.array([0.5, -1.5], np.float16),
    "scalar": np.array(7, np.int64),
    "empty": np.zeros((0, 3), np.float32),
    "mask": np.array([True, False]),
    "big endian": np.array([1.5, 2.5], ">f4").astype(">f4"),
}


@pytest.mark.parametrize("protocol", range(2, 6))
def test_arrays_of_every_kind(path: Path, protocol: int) -> None:
    read = read_pdparams(dump(path, OrderedDict(ARRAYS), protocol))
    assert_equal(
        read, {name: array.astype(array.dtype.newbyteorder("=")) for name, array in ARRAYS.items()}
    )
    read["conv.weight"][0] = 0  # they are the reader's own


def test_names_of_old_numpy_and_python_2(path: Path) -> None:
    data = pickle.dumps({"w": np.ones(2, np.float32)}, protocol=2)
    old = data.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    path.write_bytes(old)
    assert_equal(read_pdparams(path), {"w": np.ones(2, np.float32)})


def test_tensors_cut_by_old_protocols_are_joined(path: Path) -> None:
    weight = np.arange(6, dtype=np.float32)
    cut = {
        "bias": np.ones(1, np.float32),
        "weight@@.0": weight[:4],
        "weight@@.1": weight[4:],
        "UnpackBigParamInfor@@": {
            "weight": {"OriginShape": (2, 3), "slices": ["weight@@.0", "weight@@.1"]}
        },
        "StructuredToParameterName@@": {"bias": "linear_0.b_0"},
    }
    expected = {"bias": cut["bias"], "weight": weight.reshape(2, 3)}
    assert_equal(read_pdparams(dump(path, cut, 2)), expected)


class Call:
    """Pickles as a call of ``function``."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple:
        return self.call


@pytest.mark.parametrize(
    ("call", "forbidden"),
    [
        (Call(os.system, "touch pwned"), r"(posix|nt)\.system"),
        (Call(eval, "__import__('os').getcwd()"), "eval"),
        (Call(eval, "__import__('os').getcwd()", {"data": 1}), "eval"),
        (Call(getattr, {}, "clear"), r"builtins\.getattr"),
        (Call(np.load, "file"), r"numpy\.load"),
        (Call(np.frombuffer, b"abcd"), r"numpy\.\S*frombuffer"),
        (Call(Path, "x"), "pathlib"),
    ],
)
@pytest.mark.parametrize("read", [read_pdparams, read_pdopt, read_states])
def test_forbidden_functions_are_named_and_not_called(
    path: Path, read, call: Call, forbidden: str
) -> None:
    dump(path, {"LR_Scheduler": {"deep": [call]}})
    with pytest.raises(UserError, match=forbidden) as caught:
        read(path)
    assert "trust" in caught.value.cure
    assert not Path("pwned").exists()


@pytest.mark.parametrize(
    "value",
    [
        [1, 2],
        {1: np.ones(1)},
        {"w": np.array([object()])},
        {"w": np.array(["text"])},
        {"w": np.zeros(2, [("a", "f4")])},
        {"w": "not a tensor"},
        {"w": {"nested": np.ones(1)}},
    ],
)
def test_what_is_not_named_tensors_is_refused(path: Path, value: object) -> None:
    with pytest.raises(UserError):
        read_pdparams(dump(path, value))


def test_shapes_that_lie_are_refused(path: Path) -> None:
    data = pickle.dumps({"w": np.zeros((2, 3), np.float32)}, protocol=4)
    assert data.count(b"K\x02K\x03\x86") == 1
    path.write_bytes(data.replace(b"K\x02K\x03\x86", b"K\x7fK\x03\x86"))
    with pytest.raises(UserError, match="24 bytes"):
        read_pdparams(path)


def test_no_damage_makes_anything_but_a_clear_error(path: Path) -> None:
    whole = pickle.dumps({"w": np.zeros(2, np.float32), "n": {"a": (1, 2.5)}}, protocol=4)
    spoilt = [whole[:length] for length in range(len(whole))]
    spoilt += [
        whole[:at] + bytes([whole[at] ^ (1 << at % 8)]) + whole[at + 1 :]
        for at in range(len(whole))
    ]
    for data in spoilt:
        path.write_bytes(data)
        try:
            read_pdopt(path)
        except UserError as error:
            assert str(path) in error.found


@pytest.mark.parametrize("data", [b"", b"version https://git-lfs", b"<html>", b"PK\x03\x04"])
def test_other_files(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    with pytest.raises(UserError, match="not a Paddle file"):
        read_pdparams(path)


def test_missing_file_and_folder(vietnamese_path: Path) -> None:
    for absent in (vietnamese_path, vietnamese_path / "absent.pdparams"):
        with pytest.raises(UserError, match="does not exist"):
            read_pdparams(absent)


def test_stock_states_with_numpy_numbers(path: Path) -> None:
    states = {"best_model_dict": {"acc": np.float64(0.5), "n": np.int64(3)}, "epoch": 3}
    for protocol in (2, 4):
        read = read_states(dump(path, states, protocol))
        assert read == {"best_model_dict": {"acc": 0.5, "n": 3}, "epoch": 3}
        assert type(read["best_model_dict"]["acc"]) is float


def test_states_are_written_as_stock_paddleocr_reads_them(path: Path) -> None:
    states = {"best_model_dict": {"acc": np.float32(0.5)}, "epoch": 3, "global_step": 18}
    write_states(path, states)
    assert path.read_bytes()[:2] == b"\x80\x02"
    with open(path, "rb") as stream:
        loaded = pickle.load(stream, encoding="latin1")
    assert loaded == states == read_states(path)
    assert type(loaded["best_model_dict"]["acc"]) is float


def test_files_of_the_real_paddle(vietnamese_path: Path) -> None:
    import paddle

    layer = paddle.nn.Sequential(paddle.nn.Linear(3, 4), paddle.nn.BatchNorm1D(4))
    cosine = paddle.optimizer.lr.CosineAnnealingDecay(0.1, 10)
    schedule = paddle.optimizer.lr.LinearWarmup(cosine, 5, 0.0, 0.1)
    optimizer = paddle.optimizer.AdamW(schedule, parameters=layer.parameters())
    layer(paddle.ones([2, 3])).sum().backward()
    optimizer.step()
    schedule.step()
    moments = optimizer.state_dict()
    moments["master_weights"] = {"w": paddle.ones([2])}  # as under AMP O2
    expected = {name: value.numpy() for name, value in layer.state_dict().items()}
    for protocol in (2, 4):
        prefix = vietnamese_path / f"latest {protocol}"
        paddle.save(layer.state_dict(), f"{prefix}.pdparams", protocol=protocol)
        paddle.save(moments, f"{prefix}.pdopt", protocol=protocol)
        assert_equal(read_pdparams(Path(f"{prefix}.pdparams")), expected)
        read = read_pdopt(Path(f"{prefix}.pdopt"))
        assert set(read) == set(moments)
        assert read["LR_Scheduler"] == moments["LR_Scheduler"]
        assert_equal(read["master_weights"], {"w": np.ones(2, np.float32)})
        tensors = {
            name: value.numpy()
            for name, value in moments.items()
            if "_pow_" in name or "moment" in name
        }
        assert len(tensors) == 16
        assert_equal({name: read[name] for name in tensors}, tensors)


def test_other_tensors_of_the_real_paddle(path: Path) -> None:
    import paddle

    owner = paddle.ones([1])  # must outlive what get_tensor() gives
    values = {
        "bfloat16": paddle.ones([2]).astype("bfloat16"),
        "nested": [owner.get_tensor()],  # paddle writes it as a call of eval
    }
    paddle.save(values, str(path))
    assert b"eval" in path.read_bytes()
    read = read_pdopt(path)
    assert read["bfloat16"].dtype == np.uint16
    np.testing.assert_array_equal(read["nested"][0], np.ones(1, np.float32))
