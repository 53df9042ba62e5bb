"""The report as Markdown, CSV, JSON, a picture, a page and in a terminal."""
