"""Rewrites of source text: fixes per finding, and a Model subclass as a functional builder."""
