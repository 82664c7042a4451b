"""Fixes: one file a rule."""
