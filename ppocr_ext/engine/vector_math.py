"""MKL's vector functions without their error handler."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import paddle

_LIBRARY = "mklml.dll" if sys.platform == "win32" else "libmklml_intel.so"
_ERROR_MODES, _IGNORE = 0x1F00, 0x100  # VML_ERRMODE_* in Intel's mkl_vml_defines.h


def ignore_underflow() -> bool:
    """Let exponentials that underflow be 0 and no more; whether this Paddle has MKL.

    MKL calls an error handler for each of them. The gradient of GELU takes exp(-x²/2), so where
    features grow large, as under a random head, a training step took four times as long. Results
    are the same, bit by bit. Holds for the calling thread.
    """
    path = Path(paddle.__file__).parent / "libs" / _LIBRARY
    if not path.is_file():
        return False
    library = ctypes.CDLL(str(path))
    library.vmlSetMode(library.vmlGetMode() & ~_ERROR_MODES | _IGNORE)
    return True
