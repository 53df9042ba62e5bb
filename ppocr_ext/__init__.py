"""Fine-tune, read with and report on PaddleOCR's text recogniser for Vietnamese.

README.md beside this file lists its rooms and the order in which they import each other.
"""

__version__ = "0.1.0"
