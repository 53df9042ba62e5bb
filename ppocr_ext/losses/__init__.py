"""Tensors in, named terms out."""
