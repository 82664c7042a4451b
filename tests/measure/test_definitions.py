"""What is kept of a file and what is left out."""

from __future__ import annotations

import ast

import pytest

from flake8_keras_graph.measure.worker.build.definitions import definitions_only


def _kept(text: str, *roots: str) -> str:
    return ast.unparse(definitions_only(ast.parse(text), roots or ("Model",)))


CLASS = "class Model(Base):\n    pass\n"


@pytest.mark.parametrize(
    "action",
    [
        "model = Model()",
        "model.fit(x_train, y_train)",
        "history = model.fit(x)",
        "x = load('data')",
        "print('hello')",
        "for i in range(3):\n    run(i)",
        "if __name__ == '__main__':\n    main()",
        "(a, b), c = mnist.load_data()",
        "assert main()",
        "del thing",
        "model: Model = Model()",
        "x = [run(i) for i in range(3)]",
        "while True:\n    pass",
        "try:\n    main()\nexcept Exception:\n    pass",
        "if flag():\n    import os",
    ],
)
def test_actions_are_left_out(action: str) -> None:
    assert _kept(f"{CLASS}{action}\n") == _kept(CLASS)


@pytest.mark.parametrize(
    "definition",
    [
        "UNITS = 3 * 2",
        "SIZES: list[int] = [1, 2]",
        "def helper():\n    return Model()",
        "logger = logging.getLogger(__name__)",
        "Dense = keras.layers.Dense",
        "relu = lambda x: x",
        "@decorate\ndef helper():\n    pass",
    ],
)
def test_definitions_are_kept(definition: str) -> None:
    assert definition in _kept(f"{definition}\n{CLASS}")


def test_what_the_class_needs_is_kept_whatever_it_takes() -> None:
    model = "class Model(Base):\n    def call(self, x):\n        return x + TABLE\n"
    kept = _kept(f"TABLE = load()\nOTHER = load()\nBase = make_base()\n{model}")
    assert "TABLE = load()" in kept
    assert "Base = make_base()" in kept
    assert "OTHER" not in kept


def test_needs_are_followed_through_helpers() -> None:
    model = "class Model(Base):\n    def call(self, x):\n        return helper()\n"
    assert "A = load()" in _kept(f"A = load()\ndef helper():\n    return A\n{model}")


def test_a_definition_that_rests_on_something_left_out_goes_with_it() -> None:
    text = f"app = Flask()\n@app.route('/')\ndef page():\n    pass\n{CLASS}"
    assert "page" not in _kept(text)


def test_imports_that_the_class_does_not_need_may_fail() -> None:
    kept = _kept(f"from base import Base\nimport matplotlib\n{CLASS}")
    assert "try:\n    import matplotlib" in kept
    assert kept.startswith("from base import Base")


def test_future_imports_stay_first() -> None:
    kept = _kept('"""Doc."""\nfrom __future__ import annotations\nimport os\nclass Model:\n    pass\n')
    assert kept.startswith("from __future__ import annotations")
    compile(kept, "kept", "exec")


def test_guarded_imports_stay_as_they_are() -> None:
    text = f"try:\n    import fast as impl\nexcept ImportError:\n    import slow as impl\n{CLASS}"
    assert "import fast as impl" in _kept(text)
    assert "import slow as impl" in _kept(text)


def test_lines_stay_where_they_were() -> None:
    tree = definitions_only(ast.parse(f"main()\n\n\n{CLASS}"), ["Model"])
    assert tree.body[0].lineno == 4
