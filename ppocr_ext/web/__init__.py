"""Pages that are served to this machine or its network: who may ask, and how is answered."""
