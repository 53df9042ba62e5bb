"""The report card: a run's history in, trends and a diagnosis out. Imports no paddle.

A history (``records``), with the files beside the log, becomes a ``Report`` that ``render`` shows.
"""
