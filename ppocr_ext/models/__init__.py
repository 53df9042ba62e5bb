"""Networks, and the ways into them: lifting, transplant, loading."""
