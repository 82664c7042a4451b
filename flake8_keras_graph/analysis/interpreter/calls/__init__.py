"""Calls: what is called, with which arguments bound to what, and what that gives."""
