"""A trained run as a model for others: weights, export, scores, records and a model card."""
