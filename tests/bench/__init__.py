"""Measurements of speed and memory, side by side with what they are compared with."""
