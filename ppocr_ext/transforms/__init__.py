"""Line images as numpy arrays: decoding, resizing, augmentation with explicit generators."""
