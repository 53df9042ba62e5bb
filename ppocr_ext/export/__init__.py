"""Model folders: a checkpoint exported, verified, put in place, and opened to read with."""
