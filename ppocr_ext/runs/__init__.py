"""What a run's folder holds, and which run, model or checkpoint is meant; light to import."""
