"""What of the findings makes a run fail: their levels, what was known before, which lines are new."""
