"""From label files to padded batches: labels, sizes, samples, plans, readers. No paddle here."""
