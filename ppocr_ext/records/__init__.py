"""What a training writes down and how it is read again, side by side. Imports no numpy, no Paddle.

Written: ``log_format``, ``writers``. Read: bytes become lines (``lines``, ``encoding``), lines
become records (``parser`` and what it calls), records one ``History`` per run.
"""
