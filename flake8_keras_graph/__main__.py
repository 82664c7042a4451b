"""``python -m flake8_keras_graph`` is ``keras-graph``."""

from flake8_keras_graph.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
