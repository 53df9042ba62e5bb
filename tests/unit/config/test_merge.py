"""`_base_` files and `-o` overrides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ppocr_ext.config.merge import apply_overrides, merge, read_with_bases
from ppocr_ext.config.source import Source
from ppocr_ext.errors import UserError

MADE = {"data_dir": "b", "make": "n"}
STEPS = [{"Decode": {"mode": "BGR"}}, {"Aug": None}]


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("lower", "upper", "result"),
    [
        ({"a": 1, "b": {"x": 1}}, {"b": {"y": 2}}, {"a": 1, "b": {"x": 1, "y": 2}}),
        ({"a": [1, 2, 3]}, {"a": [9]}, {"a": [9]}),
        ({"a": {"x": 1}}, {"a": None}, {"a": None}),
        ({"data_dir": "a", "make": "m"}, {"data_dir": "b"}, {"data_dir": "b"}),
        ({"data_dir": "a", "make": "m"}, {"data_dir": "a"}, {"data_dir": "a", "make": "m"}),
        (
            {"data_dir": "a", "make": "m"},
            {"data_dir": "b", "make": "n"},
            {"data_dir": "b", "make": "n"},
        ),
        ({"a": STEPS}, {"a": {"Aug": {"p": 1}}}, {"a": [STEPS[0], {"Aug": {"p": 1}}]}),
        (STEPS, {"Decode": {"x": 1}}, [{"Decode": {"mode": "BGR", "x": 1}}, STEPS[1]]),
        ({"a": STEPS}, {"a": {"Join": {"p": 1}}}, {"a": [*STEPS, {"Join": {"p": 1}}]}),
        (STEPS, {"Join": None, "Aug": {"p": 1}}, [STEPS[0], {"Aug": {"p": 1}}, {"Join": None}]),
        (STEPS, {"Decode": {"_delete_": True}}, [STEPS[1]]),
        (
            STEPS,
            {"Decode": {"_delete_": True, "x": 1}},
            [{"Decode": {"_delete_": True, "x": 1}}, STEPS[1]],
        ),
        # lists of anything else: what is there is replaced
        ([1, 2], {"Aug": {"p": 1}}, {"Aug": {"p": 1}}),
        ([], {"Aug": {"p": 1}}, {"Aug": {"p": 1}}),
        ([{"preset": "a"}], {"preset": "b", "lines": 5}, {"preset": "b", "lines": 5}),
        ([{"Aug": None}, {"Aug": None}], {"Aug": {"p": 1}}, {"Aug": {"p": 1}}),
    ],
)
def test_merge(lower: Any, upper: Any, result: Any) -> None:
    before = repr(lower)
    assert merge(lower, upper) == result
    assert repr(lower) == before


def test_later_bases_lie_on_earlier_ones_and_the_file_on_all(tmp_path: Path) -> None:
    write(tmp_path / "root.yml", "a: 1\nb: 1\nc: 1\nd: 1\n")
    write(tmp_path / "one.yml", "_base_: root.yml\nb: 2\nc: 2\nd: 2\n")
    write(tmp_path / "sub" / "two.yml", "c: 3\nd: 3\n")
    top = write(tmp_path / "top.yml", "_base_: [one.yml, sub/two.yml]\nd: 4\n")
    source = read_with_bases(top)
    assert source.tree == {"a": 1, "b": 2, "c": 3, "d": 4}
    assert source.origins["b",] == f"{tmp_path / 'one.yml'}:2"


@pytest.mark.parametrize("top", ["_base_: [low.yml, high.yml]", "_base_: top2.yml"])
def test_a_mapping_may_replace_instead(tmp_path: Path, top: str) -> None:
    """Also through a file that is laid on its base by a third one."""
    write(tmp_path / "low.yml", "a: {b: {x: 1}, c: 1}\n")
    write(tmp_path / "high.yml", "a:\n  b: {_delete_: true, y: 2}\n")
    write(tmp_path / "top2.yml", "_base_: [low.yml, high.yml]\n")
    source = read_with_bases(write(tmp_path / "top.yml", f"{top}\n"))
    assert source.tree == {"a": {"b": {"y": 2}, "c": 1}}


def test_a_named_list_is_extended_changed_and_shortened(tmp_path: Path) -> None:
    write(tmp_path / "low.yml", "steps:\n- Decode: {x: 1}\n- Aug:\n- Keep: {y: 2}\n")
    text = "_base_: low.yml\nsteps:\n  Decode: {_delete_: true}\n  Aug: {p: 1}\n  Join: {q: 2}\n"
    top = write(tmp_path / "top.yml", text)
    source = read_with_bases(top)
    assert source.tree == {"steps": [{"Aug": {"p": 1}}, {"Keep": {"y": 2}}, {"Join": {"q": 2}}]}
    assert source.problems == []
    assert source.origins["steps", 0, "Aug", "p"] == f"{top}:4"
    assert source.origins["steps", 1, "Keep", "y"] == f"{tmp_path / 'low.yml'}:4"
    assert source.origins["steps", 2, "Join", "q"] == f"{top}:5"


def test_a_removal_that_removes_nothing_is_a_problem(tmp_path: Path) -> None:
    write(tmp_path / "low.yml", "steps: [{Decode: {x: 1}}, {Aug: }]\n")
    top = write(tmp_path / "top.yml", "_base_: low.yml\nsteps:\n  Agu: {_delete_: true}\n")
    assert read_with_bases(top).problems == [
        f"steps.Agu: _delete_ removes nothing; no list of its _base_ has this entry  [{top}:3]"
    ]


def test_two_ways_to_one_base_are_no_circle(tmp_path: Path) -> None:
    write(tmp_path / "root.yml", "a: 1\n")
    write(tmp_path / "one.yml", "_base_: root.yml\nb: 2\n")
    top = write(tmp_path / "top.yml", "_base_: [one.yml, root.yml]\n")
    assert read_with_bases(top).tree == {"a": 1, "b": 2}


def test_a_circle_is_shown(tmp_path: Path) -> None:
    write(tmp_path / "a.yml", "_base_: b.yml\n")
    write(tmp_path / "b.yml", "_base_: a.yml\n")
    with pytest.raises(UserError, match=r"a\.yml -> b\.yml -> a\.yml"):
        read_with_bases(tmp_path / "a.yml")


@pytest.mark.parametrize("base", ["5", "[1]", "{a: b}", ""])
def test_a_base_that_is_no_path(tmp_path: Path, base: str) -> None:
    with pytest.raises(UserError, match="a path or a list of paths"):
        read_with_bases(write(tmp_path / "a.yml", f"_base_: {base}\n"))


def test_a_missing_base_names_who_wants_it(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"a\.yml: _base_ nowhere\.yml does not exist"):
        read_with_bases(write(tmp_path / "a.yml", "_base_: nowhere.yml\n"))


@pytest.mark.parametrize(
    ("override", "result"),
    [
        ("Global.lr=1e-4", {"Global": {"lr": 1e-4}, "steps": STEPS}),
        ("Global.name=a=b", {"Global": {"name": "a=b"}, "steps": STEPS}),
        ("Global.name=", {"Global": {"name": None}, "steps": STEPS}),
        ("New.deep.key=[1, 2]", {"New": {"deep": {"key": [1, 2]}}, "steps": STEPS}),
        ("steps.0.Decode.mode=RGB", {"steps": [{"Decode": {"mode": "RGB"}}, STEPS[1]]}),
        ("steps.Aug.p=0.5", {"steps": [STEPS[0], {"Aug": {"p": 0.5}}]}),
        ("steps.1=7", {"steps": [STEPS[0], 7]}),
    ],
)
def test_overrides(override: str, result: dict[str, Any]) -> None:
    source = apply_overrides(Source({"steps": STEPS}, {}, []), [override])
    assert source.tree == result
    assert source.problems == []


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("steps.5=1", "-o steps.5=1: the list has no entry 5, only Decode, Aug"),
        ("steps.Auk.p=1", "-o steps.Auk.p=1: the list has no entry Auk, only Decode, Aug"),
        ("numbers.2=1", "-o numbers.2=1: the list has no entry 2, only 0 to 1"),
        ("empty.0=1", "-o empty.0=1: the list is empty"),
        (  # a full-width colon: the section must not vanish
            "Global.seed=1",
            "-o Global.seed=1: found the text 'epoch_num：5' where seed would be a key",
        ),
    ],
)
def test_overrides_that_lead_nowhere(override: str, problem: str) -> None:
    tree = {"steps": STEPS, "numbers": [1, 2], "empty": [], "Global": "epoch_num：5"}
    source = Source(tree, {}, [])
    assert apply_overrides(source, [override]).problems == [problem]


@pytest.mark.parametrize("override", ["Global.seed", "=5", "Global..seed=5", "Global.seed=[1, 2"])
def test_what_is_no_override(override: str) -> None:
    with pytest.raises(UserError, match="-o "):
        apply_overrides(Source({}, {}, []), [override])


def test_what_an_override_names_is_not_made_by_the_command_of_a_file() -> None:
    tree = {"Global": {"pretrained_model": "a", "make_pretrained": "m"}}
    source = Source(tree, {}, [])
    changed = apply_overrides(source, ["Global.pretrained_model=b"]).tree
    assert changed == {"Global": {"pretrained_model": "b", "make_pretrained": None}}
    both = ["Global.make_pretrained=n", "Global.pretrained_model=b"]
    assert apply_overrides(source, both).tree["Global"]["make_pretrained"] == "n"
    assert apply_overrides(source, ["Global.seed=1"]).tree["Global"]["make_pretrained"] == "m"


def test_a_dash_before_a_removal_is_explained(tmp_path: Path) -> None:
    write(tmp_path / "low.yml", "steps: [{Decode: {x: 1}}, {Aug: }]\n")
    top = write(tmp_path / "top.yml", "_base_: low.yml\nsteps:\n- Aug: {_delete_: true}\n")
    assert read_with_bases(top).problems == [
        "steps.Aug: _delete_ removes nothing; a list replaces that of its _base_; write "
        f"'Aug: {{_delete_: true}}' without the dash  [{top}:3]"
    ]


@pytest.mark.parametrize("base", ["", "_base_: low.yml\n"])
def test_a_mark_that_is_not_true_is_a_problem(tmp_path: Path, base: str) -> None:
    """In a file and in its base alike: it removed nothing, and nobody said so."""
    write(tmp_path / "low.yml", "steps: [{Aug: {p: 1}}]\n")
    text = "loader: {_delete_: yes_please}\nsteps: {Aug: {_delete_: maybe}}\nlast: {_delete_: no}\n"
    wrong = write(tmp_path / "wrong.yml", base + text)
    line = 2 if base else 1
    expected = [
        "loader._delete_: found the text 'yes_please', expected true, or no _delete_"
        f"  [{wrong}:{line}]",
        "steps.Aug._delete_: found the text 'maybe', expected true, or no _delete_"
        f"  [{wrong}:{line + 1}]",
        f"last._delete_: found false, expected true, or no _delete_  [{wrong}:{line + 2}]",
    ]
    assert read_with_bases(wrong).problems == expected
    top = write(tmp_path / "top.yml", "_base_: wrong.yml\nloader: 1\n")
    assert read_with_bases(top).problems == expected


@pytest.mark.parametrize(
    ("base", "cure"),
    [
        ("roots.yml", "write _base_: root.yml"),
        ("sub/inne.yml", "write _base_: sub/inner.yml"),
        ("zzz.yml", "choose one of other.yml, root.yml"),
        ("none/root.yml", "write _base_: root.yml"),
    ],
)
def test_a_missing_base_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, base: str, cure: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("root.yml", "other.yml", "sub/inner.yml"):
        write(tmp_path / name, "a: 1\n")
    with pytest.raises(UserError) as error:
        read_with_bases(write(Path("top.yml"), f"_base_: {base}\n"))
    assert error.value.expected == "a path that starts at the folder of top.yml"
    assert error.value.cure == cure
