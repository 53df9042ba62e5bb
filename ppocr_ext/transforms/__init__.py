"""Line images and pages as numpy arrays: decoding, resizing, augmentation with its generators."""

DPI = 300.0  # at which a PDF's page is drawn
MAX_MEGAPIXELS = 60.0  # of a page
IMAGE_SUFFIXES = frozenset(
    {
        *(".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".gif"),
        *(".jfif", ".jpe", ".jp2", ".ppm", ".pgm", ".pbm", ".avif"),
    }
)
HEIF_SUFFIXES = frozenset({".heic", ".heif"})  # of telephones: with the package pillow_heif
