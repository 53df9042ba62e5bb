"""Checkpoints that are atomic, verified and readable; imports no paddle."""

from ppocr_ext.checkpoint.checkpoint import Checkpoint
from ppocr_ext.checkpoint.inventory import run_folder
from ppocr_ext.checkpoint.mirror import Mirror
from ppocr_ext.checkpoint.safe_pickle import (
    read_parameter_names,
    read_pdopt,
    read_pdparams,
    read_states,
    write_states,
)
from ppocr_ext.checkpoint.store import CheckpointStore, load_checkpoint
from ppocr_ext.checkpoint.sums import refuse_damaged

__all__ = [
    "Checkpoint",
    "CheckpointStore",
    "Mirror",
    "load_checkpoint",
    "read_parameter_names",
    "read_pdopt",
    "read_pdparams",
    "read_states",
    "refuse_damaged",
    "run_folder",
    "write_states",
]
