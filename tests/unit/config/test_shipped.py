"""The configs of this repository: they load, say what their issue asks, and are documented."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ppocr_ext.config import dump_yaml, load_config, named_steps
from ppocr_ext.config.merge import read_with_bases
from ppocr_ext.config.reference import reference
from ppocr_ext.config.schema import schema_keys, section_at
from ppocr_ext.config.source import Key
from ppocr_ext.errors import UserError
from ppocr_ext.runtime import REPOSITORY

CONFIGS = REPOSITORY / "configs"
SHIPPED = sorted(set(CONFIGS.rglob("*.yml")) - set(CONFIGS.glob("sweeps/*.yml")))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_shipped_config_loads_and_everything_in_it_is_read(path: Path) -> None:
    assert load_config(path).ignored() == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_stock_pyyaml_reads_the_same_numbers(path: Path) -> None:
    """No `1e-4`, which stock PaddleOCR would take for a text."""
    loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert not [text for text in _texts(loaded) if text[:1].isdigit()]


def _keys(value: Any, key: Key = ()) -> Iterator[Key]:
    """Every key of a tree but the names of sets, which are free."""
    for part, inner in value.items() if isinstance(value, dict) else ():
        if key[-1:] != ("sets",):
            yield (*key, part)
        yield from _keys(inner, (*key, part))
    for position, inner in enumerate(value if isinstance(value, list) else ()):
        yield from _keys(inner, (*key, position))


def _misspelt(tree: Any, key: Key) -> Any:
    """``tree`` with the last letter of a key written twice."""
    part, *rest = key
    if isinstance(tree, list):
        return [_misspelt(each, (*rest,)) if n == part else each for n, each in enumerate(tree)]
    inner = _misspelt(tree[part], (*rest,)) if rest else tree[part]
    name = part if rest else f"{part}{str(part)[-1]}"
    return {**{other: each for other, each in tree.items() if other != part}, name: inner}


def test_every_key_that_is_misspelt_is_found_with_the_nearest_name(tmp_path: Path) -> None:
    seen = set()
    path = tmp_path / "rec.yml"
    for shipped in SHIPPED:
        tree = read_with_bases(shipped).tree
        for key in _keys(tree):
            names = tuple(part for part in key if isinstance(part, str))
            if names in seen:
                continue
            seen.add(names)
            path.write_text(dump_yaml(_misspelt(tree, key)), encoding="utf-8")
            with pytest.raises(UserError, match=f"did you mean {names[-1]}\\?"):
                load_config(path)
    assert len(seen) > 100


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [value] if isinstance(value, str) else []


def test_the_huge_run() -> None:
    config = load_config(CONFIGS / "rec_huge.yml")
    assert config.Global.save_model_dir == "./output/papyr_rec"
    assert config.Global.eval_batch_step == (0, 1000)
    assert config.Global.save_step == 1000
    assert config.Optimizer.lr.learning_rate == 2e-4
    assert config.Optimizer.lr.warmup_steps
    assert config.Train.dataset.make == config.Eval.dataset.make


def test_the_quick_run() -> None:
    run = load_config(CONFIGS / "rec_quick.yml")
    assert run.Global.max_steps == 200
    assert run.Optimizer.lr.name == "Cosine"
    assert run.Optimizer.lr.end_lr == 0
    assert run.Train.dataset.label_file_list != run.Eval.dataset.label_file_list


def test_the_long_run_sees_a_million_and_a_half_lines() -> None:
    run = load_config(CONFIGS / "rec_vi.yml")
    lines = sum(each.lines for each in run.Train.dataset.synthetic)
    assert run.Global.epoch_num * lines >= 1_500_000
    assert not run.Train.dataset.has_files and not run.Eval.dataset.has_files
    assert len(run.Eval.sets) >= 5
    assert all(each.synthetic for each in run.Eval.sets.values())


@pytest.mark.parametrize("recipe", ["rec_quick.yml", "rec_huge.yml"])
def test_another_network_on_a_recipe(recipe: str, tmp_path: Path) -> None:
    path = tmp_path / "v4.yml"
    bases = [(CONFIGS / name).as_posix() for name in (recipe, "models/v4_mobile.yml")]
    path.write_text(yaml.safe_dump({"_base_": bases}), encoding="utf-8")
    config = load_config(path)
    assert config.Architecture.Backbone.args == {"scale": 0.95}
    ((head, arguments),) = named_steps(config.Architecture.Head.head_list)
    assert head == "CTCHead"
    assert arguments["Neck"]["name"] == "svtr"
    assert config.Train.dataset == load_config(CONFIGS / recipe).Train.dataset


def test_every_key_that_is_read_is_described() -> None:
    for path, field in schema_keys():
        read = path[-1] not in section_at(path[:-1]).ignored_fields()
        assert bool(field.description) == read, path


def test_the_reference_is_up_to_date() -> None:
    """Make it again by ``python -m ppocr_ext.config.reference``."""
    assert (CONFIGS / "README.md").read_text(encoding="utf-8") == reference()
