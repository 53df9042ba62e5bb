"""Whole pages to text: pictures and PDFs in, lines in reading order out."""

MIN_CONFIDENCE = 0.6  # junk of stamps, pictures and pens is under 0.85, text over 0.95
