"""`Global`: the run itself, what it reads and writes, when it evaluates, saves and ends."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    PlainValidator,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from ppocr_ext.config.schema.section import (
    Count,
    Fraction,
    Ignored,
    NonNegativeFloat,
    Pattern,
    Positive,
    PositiveFloat,
    Section,
)
from ppocr_ext.ranking import lower_is_better

MetricName = Literal["acc", "norm_edit_dis", "unaccented_acc", "cer", "wer", "loss"]


def _device(device: str) -> str:
    if not re.fullmatch(r"auto|cpu|gpu(:\d+)?", device):
        raise PydanticCustomError("device", "auto, cpu, gpu or gpu:N")
    return device


def _auto_or_positive(value: Any) -> int | str:
    if value == "auto" or (type(value) is int and value > 0):
        return value
    raise PydanticCustomError("auto_or_positive", "auto or a whole number above 0")


class EarlyStop(Section):
    """Ends training when evaluations stop improving."""

    metric: MetricName = "acc"
    """Value of the evaluation that is watched."""
    mode: Literal["max", "min"] = "max"
    """Whether more or less is better; follows from `metric`, so it need not be written."""
    patience: Positive
    """Evaluations without an improvement after which training ends."""
    min_delta: NonNegativeFloat = 0.0
    """Smallest change that counts as an improvement."""
    warmup_evals: Count = 0
    """First evaluations that never end training."""

    @model_validator(mode="after")
    def _mode_follows_metric(self) -> EarlyStop:
        mode: Literal["max", "min"] = "min" if lower_is_better(self.metric) else "max"
        if "mode" in self.model_fields_set and self.mode != mode:
            raise PydanticCustomError(
                "mode",
                "`mode: {mode}` for `metric: {metric}`, or no `mode`",
                {"mode": mode, "metric": self.metric},
            )
        self.mode = mode
        return self


class Wandb(Section):
    """A run at Weights & Biases, as PaddleOCR's section of this name."""

    project: str = "ppocr_ext"
    """Project that the run is listed in."""
    name: str | None = None
    """Name of the run; that of its folder unless given."""
    id: str | None = None
    """Id of the run; one that is kept in its folder unless given."""
    entity: str | None = None
    """User or team."""
    group: str | None = None
    """Runs that belong together."""
    job_type: str | None = None
    """Kind of run."""
    tags: list[str] | None = None
    """Labels."""
    notes: str | None = None
    """A text."""
    mode: Literal["online", "offline", "disabled"] | None = None
    """Whether curves leave this machine; as `WANDB_MODE` says unless given."""

    save_dir: Ignored = None


class Ema(Section):
    """An exponential moving average of the weights, evaluated and saved beside them."""

    decay: Fraction = 0.999
    """Weight of the past at each step."""
    start_step: Count = 0
    """First global step that is averaged."""


class OnNonfinite(Section):
    """What a NaN or infinite loss or gradient leads to (its step is always skipped)."""

    max_in_row: Positive = 10
    """Skipped steps in a row after which `action` is taken."""
    action: Literal["rollback", "stop"] = "rollback"
    """Return to the last checkpoint with a lower rate, or stop with a diagnosis."""
    lr_factor: PositiveFloat = 0.5
    """The rate after a rollback is multiplied by this."""


class Global(Section):
    """The run. Relative paths start at the current directory, as in PaddleOCR."""

    device: Annotated[str, AfterValidator(_device)] = "auto"
    """`auto` (a GPU if Paddle sees one), `cpu`, `gpu` or `gpu:N`."""
    use_gpu: bool | None = None
    """PaddleOCR's switch: `false` means `device: cpu`; `true` leaves the choice to `device`."""
    cpu_processes: Annotated[int | str, PlainValidator(_auto_or_positive)] = "auto"
    """`auto`, or data-parallel processes on a CPU; they share the batch of one card."""
    seed: Count = 2024
    """Every random choice follows from it, the epoch and the sample."""

    model_name: str | None = None
    """PaddleOCR 3.x model name that an export is made for."""
    pretrained_model: str | None = None
    """Weights to start from: a prefix, a `.pdparams` file, or a run's folder, whose best weights
    are used. `checkpoints` takes precedence."""
    make_pretrained: str | None = None
    """Command that makes `pretrained_model` when it is missing."""
    pretrained_character_dict_path: str | None = None
    """Dictionary that `pretrained_model` was trained on, when no `.dict.txt` lies beside it."""
    checkpoints: str | None = None
    """Checkpoint to resume from, such as `./output/vi_rec/latest`; of a run's folder the newest."""
    character_dict_path: str = "./dicts/vi_dict.txt"
    """Dictionary, one character per line."""
    use_space_char: bool = True
    """Whether a space is one more class."""
    max_text_length: Positive = 200
    """Longest label that is read, in characters."""
    freeze: list[Pattern] = Field(default_factory=list)
    """Parameters whose name matches one of these regular expressions are not trained, and a
    BatchNorm keeps its statistics. On a CPU onnxruntime computes those from the image up."""
    fresh: list[Pattern] = Field(default_factory=list)
    """Parameters whose name matches one of these regular expressions start at random, although
    `pretrained_model` holds them."""

    epoch_num: Positive = 100
    """Epochs to train."""
    max_steps: Positive | None = None
    """Global step at which training ends, whatever the epochs."""
    accumulation: Positive = 1
    """Batches whose gradients are added up for one step."""
    early_stop: EarlyStop | None = None
    """Ends training early; off unless given."""
    ema: Ema | None = None
    """Averages the weights; off unless given."""
    on_nonfinite: OnNonfinite = OnNonfinite()
    """What a NaN loss leads to."""

    log_smooth_window: Positive = 20
    """Steps whose median a log line shows."""
    print_batch_step: Positive = 10
    """Steps between log lines."""
    cal_metric_during_train: bool = True
    """Whether log lines hold the accuracy on training batches."""
    eval_batch_step: tuple[Count, Positive] = (0, 1000)
    """`[start, interval]` in steps; one number means `[0, interval]`."""
    eval_at_start: bool = True
    """Evaluates before the first step."""
    watch_config: bool = True
    """Whether live keys that are edited while training runs apply at the next step."""
    use_tensorboard: bool = False
    """Writes curves for TensorBoard (optional package)."""
    use_wandb: bool = False
    """Writes curves for Weights & Biases (optional package)."""

    save_model_dir: str = "./output/rec"
    """Run folder: checkpoints, logs, config history."""
    save_epoch_step: Positive = 1
    """Epochs between kept `iter_epoch_N`."""
    save_step: Positive | None = None
    """Steps between saves of `latest`, which is also saved at each epoch's end."""
    keep_last: Positive = 3
    """Newest checkpoints that are kept."""
    keep_every: Positive | None = None
    """Checkpoints at multiples of this step are never deleted."""
    mirror_dir: str | None = None
    """Second folder (a cloud drive, a NAS) that checkpoints are copied to."""

    use_amp: bool = False
    """Mixed precision."""
    amp_level: Literal["O1", "O2"] = "O1"
    """Paddle's mixed precision level."""
    amp_dtype: Literal["float16", "bfloat16"] = "float16"
    """Low precision type."""
    scale_loss: PositiveFloat = 1024.0
    """First loss scale."""
    use_dynamic_loss_scaling: bool = True
    """Whether the loss scale adapts."""
    amp_custom_black_list: list[str] = Field(default_factory=list)
    """Operators kept in float32."""
    amp_custom_white_list: list[str] = Field(default_factory=list)
    """Operators forced to low precision."""

    infer_img: str | None = None
    """Image, folder or label file that `infer_rec.py` reads."""
    save_res_path: str = "./output/rec/predicts_rec.txt"
    """Where `infer_rec.py` writes."""
    save_inference_dir: str | None = None
    """Where an export is written."""

    distributed: Ignored = None
    debug: Ignored = None
    infer_mode: Ignored = None
    infer_list: Ignored = None
    d2s_train_image_shape: Ignored = None
    calc_epoch_interval: Ignored = None
    eval_batch_epoch: Ignored = None
    use_xpu: Ignored = None
    use_npu: Ignored = None
    use_mlu: Ignored = None
    use_gcu: Ignored = None
    use_mkldnn: Ignored = None
    use_sync_bn: Ignored = None
    to_static: Ignored = None
    find_unused_parameters: Ignored = None
    log_ranks: Ignored = None
    print_mem_info: Ignored = None
    class_path: Ignored = None
    export_with_pir: Ignored = None
    uniform_output_enabled: Ignored = None
    pdx_model_name: Ignored = None
    hpi_config_path: Ignored = None
    character_type: Ignored = None
    loss_algorithm: Ignored = None
    profiler_options: Ignored = None
    use_visualdl: Ignored = None
    vdl_log_dir: Ignored = None

    @field_validator("eval_batch_step", mode="before")
    @classmethod
    def _interval_alone(cls, value: Any) -> Any:
        return value if isinstance(value, list | tuple) else (0, value)

    @field_validator("save_model_dir", "save_res_path", mode="before")
    @classmethod
    def _default_when_empty(cls, value: Any, info: ValidationInfo) -> Any:
        """As in PaddleOCR's configs, many of which leave them empty."""
        return cls.model_fields[info.field_name or ""].default if value is None else value

    @model_validator(mode="after")
    def _cpu_when_use_gpu_is_false(self) -> Global:
        if self.use_gpu is False and "device" not in self.model_fields_set:
            self.device = "cpu"
        return self
