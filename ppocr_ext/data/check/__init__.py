"""What is wrong with label files and their images, before training starts."""
