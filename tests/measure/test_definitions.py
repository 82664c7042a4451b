"""What is kept of a file and what is left out."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from flake8_keras_graph.measure.worker.build.definitions import definitions_only
from flake8_keras_graph.measure.worker.build.missing_modules import MissingModules, failure_behind, unbind_failed


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
        "import matplotlib.pyplot as plt\ndef plot():\n    plt.show()",
        "UNITS = 3 * 2",
        "def helper():\n    return Model()",
        "class Other(Base):\n    pass",
        "logger = logging.getLogger(__name__)",
        "try:\n    import fast as impl\nexcept ImportError:\n    impl = None",
    ],
)
def test_what_the_class_does_not_need_is_left_out(definition: str) -> None:
    assert _kept(f"{definition}\n{CLASS}") == _kept(CLASS)


@pytest.mark.parametrize(
    "needed",
    [
        "NAME = 3 * 2",
        "NAME: list[int] = [1, 2]",
        "NAME = load()",
        "def NAME():\n    return Model()",
        "from base import NAME",
        "import base as NAME",
        "NAME = base = 3",
        "try:\n    import NAME\nexcept ImportError:\n    NAME = None",
        "if True:\n    NAME = 3",
        "NAME = []\nNAME.append(3)",
        "NAME = {}\nNAME['a'] = 3",
    ],
)
@pytest.mark.parametrize(
    "use",
    [
        "class Model(NAME):\n    pass",
        "class Model(Base):\n    def call(self, x):\n        return NAME(x)",
        "class Model(Base):\n    def call(self, x: 'NAME'):\n        return x",
        "class Model(Base):\n    def call(self, x: NAME):\n        return x",
        "def helper():\n    return NAME\nclass Model(Base):\n    part = helper()",
    ],
)
def test_what_the_class_needs(needed: str, use: str) -> None:
    kept = _kept(f"{needed}\n{use}\n")
    for line in needed.splitlines():
        assert line in kept


@pytest.mark.parametrize(
    "found",
    [
        "@register\nclass Other:\n    pass",
        "from registry import register\n@register('other')\ndef other():\n    pass",
        "TABLE = {}\ndef register(cls):\n    TABLE[cls] = cls\n    return cls\n@register\nclass Other:\n    pass",
        "import custom_operations",
        "from parts import *",
    ],
)
def test_what_may_be_found_without_being_named_is_kept(found: str) -> None:
    kept = _kept(f"{found}\n{CLASS}")
    for line in found.splitlines():
        assert line in kept


def test_where_names_are_looked_up_all_definitions_are_kept() -> None:
    text = "import a\nA = a.B\nB = load()\nclass Model(Base):\n    def call(self, x):\n        return globals()[x]\n"
    kept = _kept(text)
    assert "import a" in kept
    assert "A = a.B" in kept
    assert "load" not in kept


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


FAILING = """
import json.unheard_of as needed
from json import unheard_of
TABLE = 1 / 0
WIDTH = TABLE["width"]

class Broken(unheard_of):
    value = 1 / 0

class Model:
    def late(self):
        return Broken, TABLE, needed

    def table(self):
        return TABLE + 1

    def width(self):
        return WIDTH()

    def broken(self):
        return Broken()

    def thing(self):
        return needed.thing
"""


@pytest.mark.parametrize(
    ("method", "used", "cause"),
    [
        ("late", "Broken", ZeroDivisionError),
        ("table", "TABLE", ZeroDivisionError),
        ("width", "TABLE", ZeroDivisionError),
        ("broken", "Broken", ZeroDivisionError),
        ("thing", "needed", ModuleNotFoundError),
    ],
)
def test_a_statement_that_fails_costs_only_what_uses_it(
    method: str, used: str, cause: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MissingModules, "active", MissingModules(Path(__file__).parent))  # as while a file is imported
    names: dict[str, Any] = {"__name__": "a_file"}
    exec(compile(definitions_only(ast.parse(FAILING), ["Model"]), "a_file.py", "exec"), names)
    unbind_failed(names)
    model = names["Model"]()
    with pytest.raises(NameError) as raised:
        getattr(model, method)()
    behind = failure_behind(raised.value)
    assert behind is not None
    assert behind[0] == used
    assert isinstance(behind[1], cause)


def test_the_class_itself_may_not_fail() -> None:
    tree = definitions_only(ast.parse("class Model:\n    value = 1 / 0\n"), ["Model"])
    with pytest.raises(ZeroDivisionError):
        exec(compile(tree, "a_file.py", "exec"), {})


def test_future_imports_stay_first() -> None:
    kept = _kept('"""Doc."""\nfrom __future__ import annotations\nimport os\nclass Model:\n    pass\n')
    assert kept.startswith("from __future__ import annotations")
    compile(kept, "kept", "exec")


def test_lines_stay_where_they_were() -> None:
    tree = definitions_only(ast.parse(f"main()\n\n\n{CLASS}"), ["Model"])
    assert tree.body[0].lineno == 4
    tree = definitions_only(ast.parse(f"main()\n\n\nBase = 3\n{CLASS}"), ["Model"])
    assert [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assign)] == [4]
