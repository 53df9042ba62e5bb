"""Scripts that train for a few steps, each in a process of its own, and print their speed."""
