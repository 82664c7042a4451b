"""KG1: what raises while fit traces."""
