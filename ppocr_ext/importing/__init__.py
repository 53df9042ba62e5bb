"""Other tools' labels, read into line crops and label files, and written back for those tools.

A function a format yields :class:`~ppocr_ext.importing.page.Page`; all else is one for all of them.
"""
