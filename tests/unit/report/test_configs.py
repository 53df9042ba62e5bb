"""Facts of a config."""

from __future__ import annotations

from ppocr_ext.runs.history import facts, lookup


def test_facts_of_a_config() -> None:
    config = {
        "Global": {"model_name": "v6", "character_dict_path": "dicts/vi_dict.txt"},
        "Train": {
            "dataset": {"label_file_list": ["a.txt", "b.txt", "c.txt", "d.txt"]},
            "loader": {"batch_size_per_card": 32},
        },
        "Optimizer": {"name": "AdamW", "lr": {"name": "Cosine", "learning_rate": 0.0005}},
    }
    assert facts(config) == {
        "Model": "v6",
        "Dictionary": "dicts/vi_dict.txt",
        "Training data": "a.txt, b.txt, c.txt and 1 more",
        "Batch": "32",
        "Optimizer": "AdamW, rate 0.0005, Cosine",
    }
    drawn = {"Train": {"dataset": {"label_file_list": "a.txt", "synthetic": {"preset": "mega"}}}}
    assert facts(drawn) == {"Training data": "a.txt; drawn while read: preset mega"}
    drawn["Train"]["dataset"]["synthetic"] = [{"preset": "mega"}, {"preset": "plain"}]
    assert facts(drawn) == {"Training data": "a.txt; drawn while read: preset mega, plain"}
    assert facts({}) == {} and lookup({"a": 1}, "a.b") is None
