"""The workspace's own commands. Standard library only: they run before anything is installed."""
