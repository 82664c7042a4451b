"""Rewrites that rules recommend and that are made only to be compared: a file for each remedy."""
