"""The abstract interpreter: what values the names and expressions of traced code hold."""
