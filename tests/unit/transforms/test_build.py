"""Transform lists of PaddleOCR's configs, read as what they ask for."""

from __future__ import annotations

import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.transforms.augment import Augment
from ppocr_ext.transforms.build import Curriculum, Recipe, build_recipe
from ppocr_ext.transforms.resize import JoinSettings

STOCK_V4 = [
    {"DecodeImage": {"img_mode": "BGR", "channel_first": False}},
    {
        "RecConAug": {
            "prob": 0.5,
            "ext_data_num": 2,
            "image_shape": [48, 320, 3],
            "max_text_length": 25,
        }
    },
    {"RecAug": None},
    {"MultiLabelEncode": {"gtc_encode": "NRTRLabelEncode"}},
    {"KeepKeys": {"keep_keys": ["image", "label_ctc", "label_gtc", "length", "valid_ratio"]}},
]


def test_the_stock_list_of_pp_ocrv4() -> None:
    assert build_recipe(STOCK_V4) == Recipe(augment=Augment(), join=JoinSettings(0.5, 320, lines=2))


def test_an_evaluation_list_changes_nothing() -> None:
    steps = [
        {"DecodeImage": {"img_mode": "RGB"}},
        {"CTCLabelEncode": None},
        {"RecResizeImg": {"image_shape": [3, 32, 320]}},
    ]
    assert build_recipe(steps) == Recipe(rgb=True, height=32)


def test_stock_and_own_probabilities() -> None:
    recipe = build_recipe([{"RecAug": {"tia_prob": 0.1, "shadow": 0.9, "strength": 0.7}}])
    assert recipe.augment == Augment(warp=0.1, elastic=0.1, shadow=0.9)
    assert recipe.curriculum(100) == Curriculum(0.7, 0.7)


def test_a_curriculum_in_steps_or_epochs() -> None:
    def ramp(**strength: float) -> Curriculum:
        return build_recipe([{"RecAug": {"strength": strength}}]).curriculum(steps_per_epoch=40)

    assert ramp(start=0.1, end=0.8, steps=500) == Curriculum(0.1, 0.8, 500)
    assert ramp(start=0.1, end=0.8, epochs=2.5) == Curriculum(0.1, 0.8, 100)


def test_other_stock_augmentations_become_ours() -> None:
    assert build_recipe([{"SVTRRecAug": {"aug_type": 0}}]).augment == Augment()
    assert build_recipe([{"RecConAug": {"max_width": 900, "separator": ""}}]).join == JoinSettings(
        0.5, 900, separator=""
    )


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ({"RecAugg": None}, r"unknown transform 'RecAugg'; did you mean RecAug\?"),
        ({"RecAug": {"blur_probb": 1}}, r"blur_probb: unknown key; did you mean blur_prob\?"),
        ({"RecAug": {"blur": 1.5}}, "RecAug.blur: found 1.5, expected at most 1"),
        ({"RecAug": {"strength": 2}}, "strength: found 2, expected a number from 0 to 1"),
        ({"RecAug": {"strength": {"from": 0}}}, "strength.from: unknown key; known keys: start"),
        ({"RecAug": {"blur": "often"}}, "RecAug.blur: found the text 'often', expected a number"),
        ({"RecResizeImg": {"image_shape": [1, 48, 320]}}, "image_shape.0: found 1, expected 3"),
        ({"RecResizeImg": {"image_shape": 48}}, "image_shape: found 48, expected a list"),
        ({"DecodeImage": {"img_mode": "GRAY"}}, "found the text 'GRAY', expected one of BGR, RGB"),
    ],
)
def test_what_is_not_understood_is_reported(step: dict, message: str) -> None:
    with pytest.raises(UserError, match=message):
        build_recipe([step])


def test_all_that_is_wrong_is_reported_at_once() -> None:
    with pytest.raises(UserError) as error:
        build_recipe([{"RecAugg": None}, {"RecAug": {"blurr": 1}}, {"KeepKey": None}])
    assert all(name in str(error.value) for name in ("RecAugg", "blurr", "KeepKey"))


def test_the_encoder_of_another_head_is_accepted() -> None:
    assert build_recipe([{"NRTRLabelEncode": {"max_text_length": 40}}]) == Recipe()
