"""What the class that is rewritten does, and what keeps it from being functional."""
