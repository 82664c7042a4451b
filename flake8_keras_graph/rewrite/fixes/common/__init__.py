"""What several fixes ask about the code they change."""
