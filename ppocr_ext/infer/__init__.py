"""Reading images with a trained recogniser: ``Recognizer("output/vi_rec").read(images)``."""

from ppocr_ext.infer.reading import Character, Reading
from ppocr_ext.infer.recognizer import Recognizer

__all__ = ["Character", "Reading", "Recognizer"]
