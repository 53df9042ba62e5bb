"""Reading images with a trained recogniser: ``Recognizer("output/vi_rec").read(images)``."""

from ppocr_ext.infer.recognizer import Reading, Recognizer

__all__ = ["Reading", "Recognizer"]
