"""What is wrong with label files and their images, before a day is spent on them."""
