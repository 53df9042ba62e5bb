"""Fine-tune, read with and report on PaddleOCR's text recogniser for Vietnamese.

Packages import downward only (tests/unit/test_layers.py holds the order):
errors, console, files, runtime, text -> config, metrics, transforms, checkpoint, report
-> data, synth, upstream -> models, losses -> engine, export, workspace -> infer
-> sweep -> publishing -> tools.
"""

__version__ = "0.1.0"
