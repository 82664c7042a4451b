"""What runs leave on disk, and what follows from it for findings."""
