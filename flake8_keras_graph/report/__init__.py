"""What people and machines read: one file per format, each ``render(report) -> str``."""
