"""Whole pages to text: pictures and PDFs in, lines in reading order out."""
