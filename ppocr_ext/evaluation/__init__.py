"""How good readings are, and where they go wrong: prediction files against label files."""

from ppocr_ext.evaluation.evaluation import Evaluation, evaluate
from ppocr_ext.evaluation.pairs import Pair, Pairs, read_pairs

__all__ = ["Evaluation", "Pair", "Pairs", "evaluate", "read_pairs"]
