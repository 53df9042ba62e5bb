"""Synthetic Vietnamese text lines: texts, fonts, rendering, and data sets of PaddleOCR layout.

``LineFactory(preset, split, seed).line(index)`` makes one line on the fly;
``write_dataset(...)`` (``tools/make_data.py``) writes a whole set.
"""
