"""How numbers, tables and progress look, everywhere."""
