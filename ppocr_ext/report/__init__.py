"""The report card: logs and files of a run in, trends and a diagnosis out. Imports no paddle.

Bytes become lines (``lines``, ``encoding``), lines become records (``parser`` and what it calls),
records one ``History`` per run, and the history, with the files beside the log, a ``Report`` that
``render`` shows.
"""
