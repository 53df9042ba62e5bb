"""One file a command: ``parse`` knows its options, ``main`` runs it and returns its exit code.

``tools/NAME.py`` and ``ppocr-ext`` start them. Their own imports are the standard library alone,
so that ``--help`` answers at once; ``main`` imports the rest.
"""
