"""The parent's side of measuring: sessions, jobs and the worker processes they run in. Never imports TensorFlow."""
