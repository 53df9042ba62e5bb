"""Scripts that draw lines with other generators, in environments of their own."""
