"""KG5: what runs outside the graph."""
