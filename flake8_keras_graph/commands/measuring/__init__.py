"""What ``keras-graph measure`` does around a session: which classes, where results go, what is shown meanwhile."""
