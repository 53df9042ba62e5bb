"""What a training writes down and how it is read again, side by side. Imports no numpy, no Paddle.

``records`` defines both sides: points, events and their names. ``forms`` holds the lines of
``train.log`` both ways, ``jsonl`` those of ``metrics.jsonl``; ``writers`` writes them. Read: bytes
become lines (``lines``), which ``reading`` gives to ``jsonl``, ``stock`` or ``patterns``; their
records become one ``History`` per run.
"""

METRICS = "metrics.jsonl"
