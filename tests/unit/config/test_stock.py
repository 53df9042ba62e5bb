"""Recognition configs in the shapes that PaddleOCR 2.x and 3.x ship load as they are."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from ppocr_ext.config import Config, load_config, named_steps
from ppocr_ext.config.schema.network import OTHER_DECODERS
from ppocr_ext.errors import UserError

GLOBAL = """
Global:
  model_name: some_rec
  debug: false
  use_gpu: true
  epoch_num: 100
  log_smooth_window: 20
  print_batch_step: 10
  save_model_dir: ./output/some_rec
  save_epoch_step: 10
  eval_batch_step: [0, 2000]
  cal_metric_during_train: True
  calc_epoch_interval: 1
  pretrained_model:
  checkpoints:
  save_inference_dir:
  use_visualdl: false
  infer_img: doc/imgs_words/ch/word_1.jpg
  character_dict_path: ppocr/utils/dict/some_dict.txt
  max_text_length: &max_text_length 25
  infer_mode: false
  use_space_char: true
  distributed: true
  save_res_path: ./output/rec/predicts.txt
  d2s_train_image_shape: [3, 48, 320]
"""
OPTIMIZER = """
Optimizer:
  name: Adam
  beta1: 0.9
  beta2: 0.999
  lr: {name: Cosine, learning_rate: 0.0005, warmup_epoch: 5}
  regularizer: {name: 'L2', factor: 3.0e-05}
"""
ENDS = """
PostProcess:
  name: CTCLabelDecode
Metric:
  name: RecMetric
  main_indicator: acc
  ignore_space: False
"""
TRANSFORMS = """
    transforms:
    - DecodeImage: {img_mode: BGR, channel_first: false}
    - RecConAug: {prob: 0.5, ext_data_num: 2, image_shape: [48, 320, 3], max_text_length: 25}
    - RecAug:
    - MultiLabelEncode: {gtc_encode: NRTRLabelEncode}
    - KeepKeys: {keep_keys: [image, label_ctc, label_gtc, length, valid_ratio]}
"""
MULTI_SCALE = f"""
Train:
  dataset:
    name: MultiScaleDataSet
    ds_width: false
    data_dir: ./train_data/
    ext_op_transform_idx: 1
    label_file_list:
    - ./train_data/train_list.txt{TRANSFORMS}
  sampler:
    name: MultiScaleSampler
    scales: [[320, 32], [320, 48], [320, 64]]
    first_bs: &bs 128
    fix_bs: false
    divided_factor: [8, 16]
    is_training: True
  loader: {{shuffle: true, batch_size_per_card: *bs, drop_last: true, num_workers: 8}}
Eval:
  dataset:
    name: SimpleDataSet
    data_dir: ./train_data
    label_file_list: [./train_data/val_list.txt]{TRANSFORMS}
  loader: {{shuffle: false, drop_last: false, batch_size_per_card: 128, num_workers: 4}}
"""
V6_SMALL = f"""{GLOBAL}{OPTIMIZER}
Architecture:
  model_type: rec
  algorithm: SVTR_LCNet
  Transform:
  Backbone: {{name: PPLCNetV4, model_size: small}}
  Head:
    name: MultiHead
    head_list:
      - CTCHead:
          Neck: {{name: lightsvtr, dims: 120, depth: 2, mlp_ratio: 2.0, local_kernel: 7}}
          Head: {{fc_decay: 0.00001}}
      - NRTRHead: {{nrtr_dim: 384, max_text_length: *max_text_length}}
Loss:
  name: MultiLoss
  loss_config_list:
    - CTCLoss:
    - NRTRLoss:
{ENDS}{MULTI_SCALE}"""
CRNN_2_0 = f"""
Global: {{use_gpu: False, epoch_num: 500, eval_batch_step: 2000, character_type: ch}}
Optimizer:
  name: AdamW
  epsilon: 1.e-8
  weight_decay: 0.05
  no_weight_decay_name: norm pos_embed
  one_dim_param_no_weight_decay: True
  lr: {{name: Piecewise, decay_epochs: [700, 800], values: [0.001, 1e-4], warmup_epoch: 5}}
Architecture:
  model_type: rec
  algorithm: CRNN
  Transform: {{name: TPS, num_fiducial: 20, loc_lr: 0.1, model_name: small}}
  Backbone: {{name: ResNet, layers: 34}}
  Neck: {{name: SequenceEncoder, encoder_type: rnn, hidden_size: 256}}
  Head: {{name: CTCHead, fc_decay: 0.00004}}
Loss: {{name: CTCLoss, use_focal_loss: true}}
{ENDS}
Train:
  dataset: {{name: LMDBDataSet, data_dir: ./train_data/data_lmdb_release/training/}}
  loader: {{shuffle: True, batch_size_per_card: 256, use_shared_memory: False}}
Eval:
  dataset: {{name: SimpleDataSet, label_file_list: [a.txt, b.txt], ratio_list: [0.5, 1]}}
profiler_options: null
"""


@pytest.fixture
def load(tmp_path: Path):
    def load(text: str) -> Config:
        path = tmp_path / "stock.yml"
        path.write_text(text, encoding="utf-8")
        return load_config(path)

    return load


def test_the_official_v6_small_shape(load) -> None:
    config = load(V6_SMALL)
    assert config.Architecture.Backbone.name == "PPLCNetV4"
    assert config.Architecture.Backbone.args == {"model_size": "small"}
    assert [name for name, _ in named_steps(config.Architecture.Head.head_list)] == [
        "CTCHead",
        "NRTRHead",
    ]
    assert named_steps(config.Architecture.Head.head_list)[1][1]["max_text_length"] == 25
    assert named_steps(config.Loss.loss_config_list) == [("CTCLoss", {}), ("NRTRLoss", {})]
    assert named_steps(config.Train.dataset.transforms)[2] == ("RecAug", {})
    assert config.Train.loader.batch_size_per_card == 128
    assert config.Optimizer.regularizer.factor == 3e-5
    assert config.Global.eval_batch_step == (0, 2000)


def test_what_has_no_effect_is_listed_and_kept(load) -> None:
    config = load(V6_SMALL)
    assert config.ignored() == [
        "Global.calc_epoch_interval",
        "Global.d2s_train_image_shape",
        "Global.debug",
        "Global.distributed",
        "Global.infer_mode",
        "Global.use_visualdl",
        "Train.dataset.ds_width",
        "Train.dataset.ext_op_transform_idx",
        "Train.sampler.divided_factor",
        "Train.sampler.first_bs",
        "Train.sampler.fix_bs",
        "Train.sampler.is_training",
    ]
    written = config.tree
    assert written["Train"]["sampler"]["scales"] == [[320, 32], [320, 48], [320, 64]]
    assert "class_path" not in written["Global"]


def test_the_2_0_shape(load) -> None:
    config = load(CRNN_2_0)
    assert config.Global.device == "cpu"
    assert config.Global.eval_batch_step == (0, 2000)
    assert config.Architecture.Transform.args["num_fiducial"] == 20
    assert config.Architecture.Head.args == {"fc_decay": 0.00004}
    assert config.Loss.args == {"use_focal_loss": True}
    assert config.Optimizer.lr.values == [0.001, 0.0001]
    assert config.Optimizer.lr.decay_epochs == [700.0]  # PP-OCRv2 lists one boundary too many
    assert config.Train.loader.drop_last is True
    assert config.Eval.loader.drop_last is False
    assert config.Eval.dataset.ratio_list == [0.5, 1.0]


def test_defaults_are_not_shared(load) -> None:
    one, two = (load("Architecture: {Head: {name: CTCHead}}") for _ in range(2))
    one.Train.dataset.label_file_list.append("x")
    one.Optimizer.lr.learning_rate = 5.0
    one.Global.on_nonfinite.max_in_row = 5
    assert two.tree == load("Architecture: {Head: {name: CTCHead}}").tree
    assert one.Eval.dataset.label_file_list == []


def test_use_gpu_false_does_not_override_a_device(load) -> None:
    config = load(CRNN_2_0.replace("use_gpu: False", "use_gpu: False, device: 'gpu:1'"))
    assert config.Global.device == "gpu:1"


def test_one_label_file_and_one_ratio_may_stand_alone(load) -> None:
    head = "Architecture: {Head: {name: CTCHead}}\n"
    dataset = load(f"{head}Train: {{dataset: {{label_file_list: a.txt}}}}").Train.dataset
    assert (dataset.label_file_list, dataset.ratio_list) == (["a.txt"], [1.0])
    dataset = load(
        f"{head}Train: {{dataset: {{label_file_list: [a.txt, b.txt], ratio_list: 0.5}}}}"
    ).Train.dataset
    assert dataset.ratio_list == [0.5, 0.5]


@pytest.mark.parametrize(
    ("metric", "mode"), [("acc", "max"), ("cer", "min"), ("loss", "min"), ("norm_edit_dis", "max")]
)
def test_early_stopping_knows_which_way_is_better(load, metric: str, mode: str) -> None:
    stop = f"Global: {{early_stop: {{metric: {metric}, patience: 3}}}}"
    config = load(f"Architecture: {{Head: {{name: CTCHead}}}}\n{stop}")
    assert config.Global.early_stop.mode == mode
    right = load(f"Architecture: {{Head: {{name: CTCHead}}}}\n{stop[:-2]}, mode: {mode}}}}}")
    assert right.Global.early_stop.mode == mode
    other = {"max": "min", "min": "max"}[mode]
    with pytest.raises(UserError, match=f"`mode: {mode}` for `metric: {metric}`"):
        load(f"Architecture: {{Head: {{name: CTCHead}}}}\n{stop[:-2]}, mode: {other}}}}}")


def test_the_wandb_section_asks_for_its_curves_as_in_paddleocr(load) -> None:
    head = "Architecture: {Head: {name: CTCHead}}\n"
    assert load(f"{head}wandb: {{project: plates}}").Global.use_wandb is True
    off = "Global: {use_wandb: false}\nwandb: {project: plates}"
    assert load(f"{head}{off}").Global.use_wandb is False
    assert load(head).Global.use_wandb is False
    with pytest.raises(UserError, match="projct: unknown key; did you mean project"):
        load(f"{head}wandb: {{projct: plates}}")


def test_output_keys_that_are_left_empty_are_at_their_default(load) -> None:
    settings = load(CRNN_2_0.replace("{use_gpu", "{save_res_path: , save_model_dir: , use_gpu"))
    assert settings.Global.save_res_path == "./output/rec/predicts_rec.txt"
    assert settings.Global.save_model_dir == "./output/rec"


@pytest.mark.parametrize(
    ("section", "part", "algorithm"),
    [(section, *each) for section, parts in OTHER_DECODERS.items() for each in parts.items()],
)
@pytest.mark.parametrize("saved", [False, True])
def test_another_decoder_is_refused_by_its_algorithm_alone(
    tmp_path: Path, section: str, part: str, algorithm: str, saved: bool
) -> None:
    other = {"Backbone": "Head: {name: CTCHead}", "Head": "Backbone: {name: MTB}"}[section]
    path = tmp_path / "other.yml"
    path.write_text(
        f"Architecture: {{{section}: {{name: {part}, hidden: 96}}, {other}}}\n"
        "Loss: {name: CELoss}\nGlobal: {no_such_key: 1}\n"
        'Train: {dataset: {data_dir: "./dữ liệu", label_file_list: [a.txt, "b c.txt"]}}\n'
        "Eval: {dataset: {name: LMDBDataSet, data_dir: ./lmdb}}\n",
        encoding="utf-8",
    )
    with pytest.raises(UserError) as refused:
        load_config(path, saved=saved)
    error = refused.value
    assert error.found == (
        f"{path}: Architecture.{section}.name: {part} is a part of {algorithm}, "
        "which is not trained here"
    )
    assert error.expected.startswith("a CTC recogniser, or the attention decoder of configs/")
    command = error.cure.partition(": ")[2]
    assert shlex.split(command)[4:] == [
        "-o",
        'Train.dataset.data_dir="./dữ liệu"',
        'Train.dataset.label_file_list=["a.txt", "b c.txt"]',
    ]


def test_the_decoders_of_lines_are_among_them() -> None:
    algorithms = {name for parts in OTHER_DECODERS.values() for name in parts.values()}
    assert algorithms >= {
        *("ABINet", "CPPD", "NRTR", "PARSeq", "PREN", "RARE", "RFL", "RobustScanner", "SAR"),
        *("SATRN", "SEED", "SPIN", "SRN", "ViTSTR", "VisionLAN"),
    }
