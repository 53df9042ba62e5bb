"""Line images and pages as numpy arrays: decoding, resizing, augmentation with its generators."""

DPI = 300.0  # at which a PDF's page is drawn
MAX_MEGAPIXELS = 60.0  # of a page
