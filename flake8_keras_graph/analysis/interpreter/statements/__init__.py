"""Statements: what each does to the names, and whether the next one is reached."""
