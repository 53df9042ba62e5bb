"""TRDG 1 on given texts and fonts: processor seconds a line, of the fastest of its settings."""

from __future__ import annotations

import json
import sys
import time

from trdg.generators import GeneratorFromStrings

SETTINGS = {
    "defaults": {},
    "whole words": {"word_split": True},
    "whole words, skew, blur": {
        "word_split": True,
        "skewing_angle": 2,
        "random_skew": True,
        "blur": 1,
        "random_blur": True,
    },
}
ROUNDS = 2

with open(sys.argv[1], encoding="utf-8") as stream:
    given = json.load(stream)
results = []
for name, options in SETTINGS.items():
    for _ in range(ROUNDS):
        texts = given["texts"]
        lines = GeneratorFromStrings(
            texts, count=len(texts), fonts=given["fonts"], size=given["height"], **options
        )
        started = time.process_time()
        drawn = sum(image is not None for image, _ in lines)
        results.append(((time.process_time() - started) / drawn, name))
seconds, name = min(results)
print(json.dumps({"seconds_per_line": seconds, "settings": name}))
