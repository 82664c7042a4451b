"""The builder's text."""
