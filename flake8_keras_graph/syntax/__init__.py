"""Source text as trees."""
