from __future__ import annotations

import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.synth.documents import LINES
from ppocr_ext.synth.presets import PRESETS, load_preset
from ppocr_ext.synth.sources import LATER_SOURCES, SOURCES
from ppocr_ext.synth.styles import STYLES

TOPICS = {
    *LINES,
    *(source.topic for source in (*SOURCES, *LATER_SOURCES)),
    "address",
    "form_address",
    "syllables",
    "joined",
}


def test_presets_and_looks_name_only_what_exists() -> None:
    for preset in PRESETS.values():
        assert set(preset.styles) <= set(STYLES)
        assert set(preset.topics) <= TOPICS
    for style in STYLES.values():
        assert set(style.topics) <= TOPICS


def test_the_sizes_that_are_promised() -> None:
    assert PRESETS["quick"].lines == PRESETS["plain"].lines == {"train": 5600, "val": 400}
    assert PRESETS["huge"].lines["train"] == 110_000
    assert PRESETS["mega"].lines["train"] == 1_000_000
    assert PRESETS["all"].lines["train"] == 1_500_000


def test_no_model_is_trained_on_plates_but_by_the_quickstart() -> None:
    assert [name for name in PRESETS if "plate" in PRESETS[name].styles] == ["quick"]


def test_a_former_name_draws_what_it_drew() -> None:
    assert load_preset("plates") == PRESETS["quick"]
    assert load_preset("plates").styles == {"plate": 1.0}


def test_the_mixture_has_every_kind_of_print() -> None:
    kinds = {style for name in ("scans", "signs", "thermal") for style in PRESETS[name].styles}
    assert kinds <= set(PRESETS["all"].styles)
    for name, test in (("scans", "test_scans"), ("thermal", "test_no_marks")):
        assert PRESETS[name].styles == PRESETS[test].styles


def test_other_numbers_of_lines_can_be_asked_for() -> None:
    assert load_preset("quick", {"val": 7}).lines == {"train": 5600, "val": 7}


@pytest.mark.parametrize(("name", "lines"), [("quik", {}), ("quick", {"train": 0})])
def test_bad_wishes_are_reported(name: str, lines: dict[str, int]) -> None:
    with pytest.raises(UserError, match=r"quik|0 train"):
        load_preset(name, lines)
