"""Keys of a person: counted as pressed, and what they press gives the text."""

from __future__ import annotations

from bench.keystrokes import by_arrows, by_tab, cheapest, retyped, telex
from hypothesis import given
from hypothesis import strategies as st

TEXTS = st.text(st.sampled_from("abcđếộ 19.,"), max_size=12)


def press(text: str, keys: list[str], doubtful: list[int]) -> str:
    """What a field holds after the keys."""
    letters, caret, chosen, tabs = list(text), len(text), 0, iter(sorted(doubtful))
    for key in keys:
        if key == "Tab":
            caret, chosen = next(tabs) + 1, 1
        elif key == "Control+a":
            caret, chosen = len(letters), len(letters)
        elif key == "ArrowLeft":
            caret -= 1
        elif key == "ArrowRight":
            caret += 1
        elif key == "Home":
            caret = 0
        elif key == "Backspace":
            del letters[caret - 1]
            caret -= 1
        else:
            new = list(key.removeprefix("text:"))
            letters[caret - chosen : caret] = new
            caret, chosen = caret - chosen + len(new), 0
    return "".join(letters)


def test_telex() -> None:
    assert telex("tiếng Việt 1") == len("tieesng Vieejt 1")
    assert telex("đƯờng") == len("ddUwowfng")


@given(TEXTS, TEXTS)
def test_what_is_pressed_gives_the_text(draft: str, truth: str) -> None:
    for edit in (by_arrows(draft, truth), retyped(truth)):
        assert press(draft, edit.keys, []) == truth
        assert edit.count >= len(edit.keys) - 1 or not truth
    tabs = by_tab(draft, truth, list(range(len(draft))))
    if tabs:
        assert press(draft, tabs.keys, list(range(len(draft)))) == truth


def test_tab_is_for_uncertain_letters_alone() -> None:
    assert by_tab("công", "cộng", [0]) is None
    edit = by_tab("công 1l", "cộng 11", [1, 6])
    assert edit is not None and (edit.keys, edit.count) == (["Tab", "text:ộ", "Tab", "text:1"], 6)
    assert cheapest(None, edit, retyped("cộng 11")) == edit
    assert by_arrows("gia 1", "giá 1").count == 2 + 1 + 2
    assert by_arrows("Gia tiền ở đây", "Già tiền ở đây").count == 1 + 3 + 1 + 2
