"""Other recognisers, each a script of its own: it may run in an environment without ours.

``python <script> <list of images> <model folder>`` prints one JSON object as its last line:
``{"settings": what was the fastest, "lines_per_second": …, "texts": […]}``.
"""
