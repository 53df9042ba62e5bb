"""The page's words: both languages, no key missing, none unused, and none for nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ppocr_ext.labelling.facts import QUEUES
from ppocr_ext.labelling.lines import KINDS
from ppocr_ext.runtime import REPOSITORY

ROOM = REPOSITORY / "ppocr_ext" / "labelling"
STATIC = ROOM / "static"
STRINGS: dict[str, dict[str, str]] = json.loads(
    (STATIC / "strings.json").read_text(encoding="utf-8")
)
CODE = {path.name: path.read_text(encoding="utf-8") for path in STATIC.glob("*.js")}
PAGE = (STATIC / "index.html").read_text(encoding="utf-8")
MOST_LINES = 1500
CHECKS = ("dictionary", "doubled", "spaces", "spelling", "syllable", "telex", "vni")
REASONS = (
    *("bad_quad", "bad_request", "changed_since", "empty", "fixed", "gone", "nothing_to_undo"),
    *("too_large", "unknown_line"),
)
ERRORS = ("disk", "no_token", "not_ready", "offline", "other", "read_only", "unanswered")


def places(text: str) -> list[str]:
    return sorted(re.findall(r"\{(\w+)\}", text))


def named() -> set[str]:
    """Every key that the page's code and its HTML name."""
    code = "\n".join(CODE.values())
    found = set(re.findall(r'\b(?:t|notice)\("(\w+)"', code))
    found |= set(re.findall(r'data-(?:t|label)="(\w+)"', PAGE))
    found |= set(re.findall(r'\bkey: "(\w+)"', code))
    found |= set(re.findall(r'"(?:field|free|)", "(\w+)", ', code))  # rows of keys
    found |= {
        "saving",
        "saved",
        "no_letter",
        "sheet_title",
        "a_space",
        "label",
        "reading",
        "text_one",
        "text_other",
    }
    for prefix, names in {
        "kind": KINDS,
        "found": CHECKS,
        "refused": REASONS,
        "error": ERRORS,
        "drafts": ("done", "error", "loading", "reading"),
        "empty": QUEUES,
        "queue": QUEUES,
        "order": ("page", "random", "uncertain"),
    }.items():
        found |= {f"{prefix}_{name}" for name in names} - {"queue_sheet"}
    return found


@pytest.mark.parametrize("key", sorted(STRINGS))
def test_both_languages_say_it_with_the_same_values(key: str) -> None:
    row = STRINGS[key]
    assert set(row) == {"vi", "en"}
    assert row["vi"].strip() == row["vi"] != "" and row["en"].strip() == row["en"] != ""
    assert places(row["vi"]) == places(row["en"])


def test_no_key_is_missing_and_none_is_unused() -> None:
    assert named() - set(STRINGS) == set()
    assert set(STRINGS) - named() == set()


def test_what_the_server_names_is_known() -> None:
    room = "\n".join(path.read_text(encoding="utf-8") for path in ROOM.glob("*.py"))
    reasons = set(re.findall(r'Refused\("(\w+)"', room)) - {"bad_quad"} | {"bad_quad"}
    assert reasons <= set(REASONS)
    typed = (REPOSITORY / "ppocr_ext" / "data" / "check" / "typed.py").read_text(encoding="utf-8")
    assert set(re.findall(r'Finding\("(\w+)"', typed)) <= set(CHECKS)


def test_the_page_holds_no_script_style_or_address_of_its_own() -> None:
    assert not re.search(
        r"<script(?! type=\"module\" src=\"/static/)|<style|\sstyle=|\son\w+=", PAGE
    )
    texts = [*CODE.values(), PAGE, (STATIC / "style.css").read_text(encoding="utf-8")]
    for text in texts:
        addresses = set(re.findall(r"https?://[^\s\"'`]+", text))
        assert addresses <= {"http://www.w3.org/2000/svg"}
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text
        )


def test_the_page_is_small() -> None:
    files: list[Path] = [*STATIC.glob("*.js"), *STATIC.glob("*.css")]
    lines = sum(path.read_text(encoding="utf-8").count("\n") for path in files)
    assert lines <= MOST_LINES
