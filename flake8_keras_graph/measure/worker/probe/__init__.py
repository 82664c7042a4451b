"""Running a model with its sites recorded, and judging findings by what was seen."""
