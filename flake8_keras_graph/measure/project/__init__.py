"""What a project's code says of its models, and how to load a file of it. Shared by parent and worker."""
