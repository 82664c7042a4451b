"""KG2: what is silently wrong in a graph."""
