from __future__ import annotations

import pytest

from ppocr_ext.synth import manifest
from ppocr_ext.synth.catalogue import archives
from ppocr_ext.synth.presets import PRESETS


def test_fetched_fonts_are_named_with_version_licence_and_checksum(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(manifest, "is_fetched", lambda archive: archive.package.endswith("borel"))
    made_with = manifest.settings("handwriting", PRESETS["handwriting"], 0, None, None)
    (borel,) = made_with["fetched_fonts"].values()
    assert borel["client"] == "npm"
    assert borel["package"] == "@expo-google-fonts/borel"
    assert borel["version"] == "0.4.2"
    assert borel["licence"] == "OFL-1.1"
    assert len(borel["sha256"]) == 64
    missing = made_with["fonts_not_fetched"]
    assert len(missing) == len(archives(["hand"])) - 1
    assert "fontpkg-indie-flower" in made_with["fonts"]


def test_sets_of_looks_without_fetched_fonts_have_the_settings_of_before() -> None:
    made_with = manifest.settings("plain", PRESETS["plain"], 0, None, None)
    assert not {"fetched_fonts", "fonts_not_fetched", "composition"} & made_with.keys()
    assert "fontpkg-indie-flower" not in made_with["fonts"]
