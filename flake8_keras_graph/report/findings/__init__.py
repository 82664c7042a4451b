"""Findings of ``check`` in several formats, and the reasons for one of them."""
