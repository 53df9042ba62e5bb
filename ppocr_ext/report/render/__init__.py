"""The report as Markdown, CSV, JSON, plots, a page and in a terminal."""
