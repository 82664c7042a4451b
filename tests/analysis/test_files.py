"""Across files: imports of every form, base classes, helpers and layers of the project."""

from __future__ import annotations

import pytest

from flake8_keras_graph import engine
from flake8_keras_graph.config import Options

MODEL = """
import tensorflow as tf
import keras
{imports}

class Block(Base):
    def call(self, x):
        y = self.dense(x)
        if y > 0:  # KG101
            x = x + 1
        if {helper}(x):  # KG101
            x = x + 1
        if {flag}:
            x = x + 1
        return x
"""
BASE = """
import keras

class Base(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(3)
"""
HELPERS = """
import tensorflow as tf
FLAG = True

def positive(x):
    return tf.reduce_sum(x) > 0
"""

LAYOUTS = {
    "relative imports": (
        "pkg/nn/model.py",
        ("from .base import Base\nfrom ..helpers import positive, FLAG", "positive", "FLAG"),
        {"pkg/__init__.py": "", "pkg/nn/__init__.py": "", "pkg/nn/base.py": BASE, "pkg/helpers.py": HELPERS},
    ),
    "absolute imports from the package root": (
        "pkg/nn/model.py",
        ("from pkg.nn.base import Base\nimport pkg.helpers as h", "h.positive", "h.FLAG"),
        {"pkg/__init__.py": "", "pkg/nn/__init__.py": "", "pkg/nn/base.py": BASE, "pkg/helpers.py": HELPERS},
    ),
    "a module by its full name": (
        "pkg/nn/model.py",
        ("from pkg.nn.base import Base\nimport pkg.helpers", "pkg.helpers.positive", "pkg.helpers.FLAG"),
        {"pkg/__init__.py": "", "pkg/nn/__init__.py": "", "pkg/nn/base.py": BASE, "pkg/helpers.py": HELPERS},
    ),
    "a module of a namespace folder by its full name": (
        "pkg/nn/model.py",
        ("from pkg.nn.base import Base\nimport pkg.helpers", "pkg.helpers.positive", "pkg.helpers.FLAG"),
        {"pkg/nn/base.py": BASE, "pkg/helpers.py": HELPERS},
    ),
    "re-exports": (
        "pkg/nn/model.py",
        ("from pkg import Base, positive as pos, FLAG", "pos", "FLAG"),
        {
            "pkg/__init__.py": "from .nn import Base\nfrom pkg.tools import *",
            "pkg/nn/__init__.py": "from .base import Base as Base",
            "pkg/nn/base.py": BASE,
            "pkg/tools/__init__.py": "from .helpers import positive, FLAG",
            "pkg/tools/helpers.py": HELPERS,
        },
    ),
    "a src layout": (
        "src/pkg/nn/model.py",
        ("from pkg.nn.base import Base\nfrom pkg.helpers import positive, FLAG", "positive", "FLAG"),
        {
            "pyproject.toml": "",
            "src/pkg/__init__.py": "",
            "src/pkg/nn/__init__.py": "",
            "src/pkg/nn/base.py": BASE,
            "src/pkg/helpers.py": HELPERS,
        },
    ),
    "namespace folders": (
        "pkg/nn/model.py",
        ("from pkg.nn.base import Base\nfrom pkg.helpers import positive, FLAG", "positive", "FLAG"),
        {"pkg/nn/base.py": BASE, "pkg/helpers.py": HELPERS},
    ),
    "scripts in one folder": (
        "model.py",
        ("from base import Base\nimport helpers", "helpers.positive", "helpers.FLAG"),
        {"base.py": BASE, "helpers.py": HELPERS},
    ),
    "star imports": (
        "model.py",
        ("from base import *\nfrom helpers import *", "positive", "FLAG"),
        {"base.py": BASE, "helpers.py": HELPERS},
    ),
    "guarded imports": (
        "model.py",
        (
            "try:\n    from base import Base\nexcept ImportError:\n    Base = None\n"
            "if True:\n    from helpers import positive, FLAG",
            "positive",
            "FLAG",
        ),
        {"base.py": BASE, "helpers.py": HELPERS},
    ),
    "an import inside the method": (
        "pkg/model.py",
        ("from pkg.base import Base\nfrom pkg import helpers", "helpers.positive", "helpers.FLAG"),
        {"pkg/__init__.py": "", "pkg/base.py": BASE, "pkg/helpers.py": HELPERS},
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layout(package, expect_file, name):
    path, (imports, helper, flag), files = LAYOUTS[name]
    root = package({**files, path: MODEL.format(imports=imports, helper=helper, flag=flag)})
    expect_file(root / path)


def test_an_import_inside_a_function(package, expect_file):
    root = package(
        {
            "pkg/__init__.py": "",
            "pkg/helpers.py": HELPERS,
            "pkg/model.py": """
                import keras

                class Block(keras.layers.Layer):
                    def call(self, x):
                        from .helpers import positive
                        import pkg.helpers as h
                        if positive(x):  # KG101
                            x = x + 1
                        if h.FLAG:
                            x = x + 1
                        return x
            """,
        }
    )
    expect_file(root / "pkg/model.py")


def test_a_helper_in_another_file_is_reported_at_its_call(package, expect_file):
    root = package(
        {
            "helpers.py": """
                def flip(x):
                    if x > 0:
                        return x
                    return -x
            """,
            "model.py": """
                import keras
                from helpers import flip

                class Block(keras.layers.Layer):
                    def call(self, x):
                        return flip(x)  # KG101
            """,
        }
    )
    (finding,) = expect_file(root / "model.py")
    assert "in `flip` (helpers.py:3), called here" in finding.message
    assert finding.symbol == "Block"
    assert any(step.path.endswith("helpers.py") for step in finding.why)


def test_a_tensor_three_layers_up_in_three_files(package, expect_file):
    root = package(
        {
            "inner.py": """
                import keras

                class Inner(keras.layers.Layer):
                    def call(self, x, pair=None):
                        state, count = pair
                        if count > 3:
                            x = x + 1
                        return pick(state)

                def pick(state):
                    return state
            """,
            "middle.py": """
                import keras
                from inner import Inner

                class Middle(keras.layers.Layer):
                    def __init__(self):
                        super().__init__()
                        self.inner = Inner()

                    def call(self, x, extra=()):
                        return self.inner(x, pair=(extra[0], 4))
            """,
            "model.py": """
                import keras
                from middle import Middle

                class Model(keras.Model):
                    def __init__(self):
                        super().__init__()
                        self.middle = Middle()
                        self.dense = keras.layers.Dense(3)

                    def call(self, x):
                        y = self.middle(x, extra=(self.dense(x), "a"))
                        if y > 0:  # KG101
                            return y
                        return -y
            """,
        }
    )
    (finding,) = expect_file(root / "model.py")
    texts = [step.text for step in finding.why]
    assert any("self.dense(x)" in text for text in texts)
    assert "y > 0" in texts[-1]


def test_a_class_of_another_file_is_reported_in_its_own(package, expect_file, lint):
    root = package(
        {
            "inner.py": """
                import keras

                class Inner(keras.layers.Layer):
                    def call(self, x, scale=1):
                        if x > 0:  # KG101
                            x = x + 1
                        return x
            """,
            "model.py": """
                import keras
                from inner import Inner

                class Model(keras.Model):
                    def __init__(self):
                        super().__init__()
                        self.inner = Inner()

                    def call(self, x):
                        return self.inner(x, scale=x)
            """,
        }
    )
    expect_file(root / "model.py")
    expect_file(root / "inner.py")


def test_inherited_call_reaches_an_overridden_method(package, expect_file):
    root = package(
        {
            "base.py": """
                import keras

                class Base(keras.Model):
                    def call(self, x):
                        return self.step(x * 2)

                    def step(self, x):
                        return x
            """,
            "model.py": """
                import keras
                from base import Base

                class Model(Base):
                    def step(self, x):
                        if x > 0:  # KG101
                            return x
                        return -x
            """,
        }
    )
    expect_file(root / "model.py")


def test_constants_and_aliases_of_other_files(package, expect_file):
    root = package(
        {
            "pkg/__init__.py": "",
            "pkg/config.py": "from .deep import LIMIT\nlayers = None\nKL = 'x'\n",
            "pkg/deep.py": "LIMIT = 3\n",
            "pkg/compat.py": "import tensorflow as tf\nkeras = tf.keras\nLayer = keras.layers.Layer\n",
            "pkg/model.py": """
                from pkg.compat import keras, Layer, tf
                from pkg.config import LIMIT

                class A(Layer):
                    def call(self, x):
                        if LIMIT > 2:
                            x = x + 1
                        if tf.reduce_sum(x) > 0:  # KG101
                            x = x + 1
                        return x

                class B(keras.layers.Layer):
                    def call(self, x):
                        return x if x > LIMIT else -x  # KG101
            """,
        }
    )
    expect_file(root / "pkg/model.py")


def test_options_name_bases_and_functions(expect):
    text = """
        from somewhere import Task, helpers
        import somewhere.tools as tools

        class Block(Task):
            def call(self, x):
                if helpers.score(x) > 0:  # KG101
                    x = x + 1
                if tools.count(x) > 0:
                    x = x + 1
                return x
    """
    returns = (("somewhere.helpers.score", "tensor"), ("somewhere.tools.count", "python"))
    expect(text, header="", model_bases=("Task",), returns=returns)
    expect(text, header="", model_bases=("somewhere.Task",), returns=returns)


def test_a_buffer_wins_over_the_file_on_disk(package):
    root = package({"model.py": "import keras\n"})
    text = "import keras\nclass A(keras.layers.Layer):\n    def call(self, x):\n        return x if x > 0 else -x\n"
    found = engine.check(engine.Source(str(root / "model.py"), text), Options(select=("KG101",)))
    assert [finding.span.line for finding in found] == [4]


def test_a_session_sees_a_file_that_changed(package):
    root = package(
        {
            "helpers.py": "import tensorflow as tf\ndef f(x):\n    return tf.reduce_sum(x)\n",
            "model.py": "import keras\nfrom helpers import f\nclass A(keras.layers.Layer):\n"
            "    def call(self, x):\n        return x if f(x) > 0 else -x\n",
        }
    )
    options = Options(select=("KG101",))
    session = engine.Session(options)
    source = engine.Source(str(root / "model.py"), (root / "model.py").read_text())
    assert len(engine.check(source, options, session)) == 1
    changed = engine.Source(str(root / "helpers.py"), "import keras\ndef f(x):\n    return 3\n")
    assert engine.check(changed, options, session) == []


ODD_IMPORTS = {
    "import cycles": {"a.py": "from b import B\nclass A(B): pass\n", "b.py": "from a import A\nclass B(A): pass\n"},
    "a module that imports itself": {"a.py": "import a\nfrom a import B\nB = a.B\nclass A(B): pass\n"},
    "stars that import one another": {"a.py": "from b import *\n", "b.py": "from a import *\n"},
    "not UTF-8": {"a.py": b"x = '\xff\xfe'\n"},
    "an unknown encoding": {"a.py": b"# coding: martian\nx = 1\n"},
    "NUL bytes": {"a.py": b"x = 1\0\n"},
    "a syntax error": {"a.py": b"class A(:\n"},
    "an empty file": {"a.py": b""},
    "a folder named like a module": {"a.py/x.txt": b""},
    "above the package": {"a.py": b"from ...... import B\nfrom .... import *\n"},
}


@pytest.mark.parametrize("files", ODD_IMPORTS.values(), ids=ODD_IMPORTS)
def test_imports_that_lead_nowhere(tmp_path, files):
    for name, content in files.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    text = (
        "import keras\nimport tensorflow as tf\nimport a, nowhere.at.all\nfrom a import A, B, x\n"
        "from nowhere import *\nfrom . import nothing\nfrom .gone import thing as other\n"
        "class C(A, keras.layers.Layer):\n    size = a.x\n    def call(self, t):\n"
        "        if x or A.y or a.B.c or other(t) or thing: pass\n"
        "        return t if tf.reduce_sum(t) > 0 else a.f(t)\n"
    )
    (tmp_path / "m.py").write_text(text)
    found = engine.check(engine.Source(str(tmp_path / "m.py"), text), Options(select=("KG101",)))
    assert [finding.span.line for finding in found] == [12]


OPS = """
from keras import backend

if backend.backend() == "tensorflow":
    from keras.ops import *
else:
    from keras.src.ops import *
"""


def test_a_module_of_operations_shadows_builtins(package, expect_file):
    """``ops.max`` is never Python's ``max``, whether the module's star imports are known or not."""
    root = package(
        {
            "pkg/__init__.py": "",
            "pkg/ops.py": OPS,
            "pkg/others.py": "from unheard_of import *",
            "pkg/model.py": """
                import keras
                from pkg import ops, others
                from pkg.ops import *

                class Block(keras.layers.Layer):
                    def call(self, x):
                        y = ops.max(x) + ops.sum(x, axis=-1) + max(x) + sum(x, axis=-1)
                        if others.max(y) or others.abs(y):
                            return x
                        if ops.max(y):  # KG101
                            return y
                        if any(y):  # KG105
                            return y
                        return ops.sorted(y)
            """,
            "pkg/unknown.py": """
                import keras
                from unheard_of import *

                class Block(keras.layers.Layer):
                    def call(self, x):
                        x = keras.ops.relu(x)
                        for number in range(x):  # KG104
                            x = x + number
                        return max(x, 1.0)
            """,
        }
    )
    expect_file(root / "pkg/model.py")
    expect_file(root / "pkg/unknown.py")


def test_a_helper_is_reported_for_each_model_that_calls_it(package, expect_file):
    root = package(
        {
            "helpers.py": """
                def flip(x):
                    if x > 0:
                        return x
                    return -x
            """,
            "model.py": """
                import keras
                from helpers import flip

                class One(keras.layers.Layer):
                    def call(self, x):
                        return flip(keras.ops.relu(x))  # KG101

                class Other(keras.layers.Layer):
                    def call(self, x):
                        return flip(keras.ops.relu(x))  # KG101
            """,
        }
    )
    found = expect_file(root / "model.py")
    assert [each.symbol for each in found] == ["One", "Other"]
