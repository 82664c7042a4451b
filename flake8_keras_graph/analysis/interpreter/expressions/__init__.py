"""Expressions: what each evaluates to, names and tests included."""
