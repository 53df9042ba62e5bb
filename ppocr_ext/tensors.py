"""Arrays of the host as tensors of the device."""

from __future__ import annotations

import numpy as np
import paddle
from paddle import Tensor


def to_device(array: np.ndarray) -> Tensor:
    """The array as a tensor; a GPU fetches it from pinned memory while the host continues.

    Paddle keeps the pinned copy until it has been fetched (PaddlePaddle/Paddle#30123).
    """
    if paddle.get_device().startswith("gpu"):
        return paddle.to_tensor(array, place=paddle.CUDAPinnedPlace()).cuda(blocking=False)
    tensor = paddle.empty(array.shape, str(array.dtype))  # to_tensor loses 104 bytes each time
    tensor.set_value(array)
    return tensor
