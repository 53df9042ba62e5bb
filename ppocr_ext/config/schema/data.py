"""`Train` and `Eval`: which lines are read, how they are batched and loaded."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from ppocr_ext.config.schema.section import (
    Count,
    Ignored,
    NonNegativeFloat,
    Positive,
    Section,
    Steps,
)

PRESETS = (
    *("quick", "plates", "plain", "huge", "mega", "scans", "signs", "thermal", "all"),
    *("handwriting", "test_clean", "test_degraded", "test_long", "test_capitals", "test_numbers"),
    *("test_scans", "test_signs", "test_no_marks"),
)
"""What `tools/make_data.py --preset` knows (`synth/presets.py`), former names too."""


class Synthetic(Section):
    """Lines drawn while they are read, without files; new ones in every epoch."""

    preset: str = "mega"
    """Looks and texts, as in `tools/make_data.py --preset`."""
    lines: Positive = 50_000
    """Lines that each epoch draws, in addition to those of label files."""
    seed: Count | None = None
    """Replaces the seed of the set."""
    texts: str | None = None
    """Folder of your own .txt files, of which half of the lines are then drawn."""
    fonts: str | None = None
    """Folder of your own fonts, in which half of the lines are then written."""


class Lines(Section):
    """Where images and their labels are read from."""

    name: Literal["SimpleDataSet", "MultiScaleDataSet", "LMDBDataSet"] = "SimpleDataSet"
    """PaddleOCR's name; the first two read label files, the third LMDB folders."""
    data_dir: str = "./"
    """Folder that image paths start at; for LMDB, the folder of the databases."""
    label_file_list: list[str] = Field(default_factory=list)
    """Label files, `path<TAB>text` per line; a single path needs no list."""
    synthetic: list[Synthetic] = Field(default_factory=list)
    """Draws lines while they are read, instead of or besides label files; several presets are a
    mixture, and a single one needs no list."""
    delimiter: str = "\t"
    """Separator of path and text."""
    make: str | None = None
    """Command that makes this set when it is missing."""

    @field_validator("label_file_list", mode="before")
    @classmethod
    def _alone(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("synthetic", mode="before")
    @classmethod
    def _one_preset(cls, value: Any) -> Any:
        return [] if value is None else value if isinstance(value, list) else [value]

    @property
    def has_files(self) -> bool:
        """Whether anything is read from a disk."""
        return bool(self.label_file_list) or self.name == "LMDBDataSet"


class Dataset(Lines):
    """Images and their labels."""

    ratio_list: list[NonNegativeFloat] = Field(default_factory=lambda: [1.0])
    """Part of each label file that an epoch reads; one number applies to all."""
    cache: bool = False
    """Whether lines are kept decoded beside their label file: 15 to 45 kB a line, read faster. On
    Windows the file takes 64 MiB at once and doubles whenever it is full."""
    transforms: Steps = Field(default_factory=list)
    """Steps from a file to a sample, in order."""
    seed: Count | None = None
    """Replaces `Global.seed` for the order and augmentation of this set."""

    ds_width: Ignored = None
    ext_op_transform_idx: Ignored = None
    padding: Ignored = None

    @field_validator("ratio_list", mode="before")
    @classmethod
    def _one_for_all(cls, value: Any) -> Any:
        return [value] if isinstance(value, int | float) else value

    @model_validator(mode="after")
    def _a_ratio_for_each_file(self) -> Dataset:
        files, ratios = len(self.label_file_list), len(self.ratio_list)
        if files and ratios == 1:
            self.ratio_list = self.ratio_list * files
        elif files and ratios != files:
            raise PydanticCustomError(
                "ratios",
                "as many entries in `ratio_list` ({ratios}) as in `label_file_list` ({files})",
                {"ratios": ratios, "files": files},
            )
        return self


class Sampler(Section):
    """How lines are put together; lines of similar width share a batch."""

    name: Literal["WidthBucketSampler", "MultiScaleSampler"] = "WidthBucketSampler"
    """`MultiScaleSampler` does the same and reads each training batch at one of `scales`."""
    max_width: Positive = 3200
    """Widest line in pixels at height 48; longer ones are squeezed to it."""
    pixels_per_batch: Positive | None = None
    """Bounds batch x width: a batch of wide lines holds fewer of them."""

    scales: list[tuple[Positive, Positive]] = Field(default_factory=list)
    """Of `MultiScaleSampler`: widths and heights, of which heights count. The network's height
    stays, as its pooling demands: a line read at 32 of 48 is two thirds as wide and as sharp, one
    at 64 is a third wider."""

    first_bs: Ignored = None
    fix_bs: Ignored = None
    divided_factor: Ignored = None
    is_training: Ignored = None
    max_w: Ignored = None
    ds_width: Ignored = None


class Loader(Section):
    """Batches and the processes that read them."""

    shuffle: bool = False
    """Whether the order changes with the epoch."""
    batch_size_per_card: Positive = 32
    """Lines a step on each GPU, or on the whole CPU however many processes share it."""
    drop_last: bool = False
    """Whether an incomplete batch is left out."""
    num_workers: Count = 4
    """Reading processes; 0 reads in the training process."""
    prefetch: Positive = 2
    """Batches read ahead by each worker."""

    use_shared_memory: Ignored = None
    collate_fn: Ignored = None


class TrainLoader(Loader):
    """Training shuffles and leaves out an incomplete batch."""

    shuffle: bool = True
    """Whether the order changes with the epoch."""
    drop_last: bool = True
    """Whether an incomplete batch is left out."""


def _set_name(name: str) -> str:
    if not (name.isidentifier() and name.isascii()):
        raise PydanticCustomError("set_name", "a name of letters, digits and _, such as my_menus")
    return name


class EvalSet(Lines):
    """More lines that are evaluated, by themselves; a label file alone may stand for the section,
    whose folder is then `data_dir`."""

    weight: NonNegativeFloat = 0.0
    """Share in the mean by which the best checkpoint is chosen, where the main set has 1."""

    @model_validator(mode="before")
    @classmethod
    def _label_file_alone(cls, data: Any) -> Any:
        if not isinstance(data, str):
            return data
        return {"label_file_list": [data], "data_dir": PurePath(data).parent.as_posix()}


class Eval(Section):
    """The lines that are evaluated."""

    dataset: Dataset = Dataset()
    """Images and labels."""
    sampler: Sampler = Sampler()
    """Batching."""
    loader: Loader = Loader()
    """Reading."""
    sets: dict[Annotated[str, AfterValidator(_set_name)], EvalSet] = Field(default_factory=dict)
    """More sets by name, each evaluated by itself; as long as no `weight` is given the main set,
    `dataset`, alone decides which checkpoint is best."""

    def of_set(self, name: str) -> Eval:
        """The section that reads one of ``sets`` as the main set is read, without processes."""
        lines = {key: getattr(self.sets[name], key) for key in Lines.model_fields}
        lines |= {"ratio_list": [1.0], "cache": False}
        return Eval(
            dataset=self.dataset.model_copy(update=lines),
            sampler=self.sampler,
            loader=self.loader.model_copy(update={"num_workers": 0}),
        )


class Train(Section):
    """The lines that are trained on."""

    dataset: Dataset = Dataset()
    """Images and labels."""
    sampler: Sampler = Sampler()
    """Batching."""
    loader: TrainLoader = TrainLoader()
    """Reading."""
    samples_per_epoch: Positive | None = None
    """Lines of one epoch; the whole set unless given."""
