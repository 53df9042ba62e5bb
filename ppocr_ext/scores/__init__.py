"""How good readings are, and where they go wrong: strings, or files of them, in; numbers out."""
