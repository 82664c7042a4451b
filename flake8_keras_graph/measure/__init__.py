"""The checker: runs the flagged models in worker processes and measures what their code costs."""
