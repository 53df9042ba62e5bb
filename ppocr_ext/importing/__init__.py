"""Other tools' labels, read into line crops and label files, and written back for those tools.

Each module of a format family yields :class:`~ppocr_ext.importing.page.Page`; geometry, crops,
splits and files are the same for all.
"""
