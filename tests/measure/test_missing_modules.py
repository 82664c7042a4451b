"""Stand-ins for modules that are not installed: named, subclassed and decorated with at import, never used after it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from flake8_keras_graph.measure.worker.build.missing_modules import MissingModules, UsedMissing
from flake8_keras_graph.measure.worker.causes import find_cause

NUMBERS = iter(range(1_000_000))


@pytest.fixture
def missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MissingModules]:
    before, paths = set(sys.modules), list(sys.meta_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    finder = MissingModules(tmp_path)
    finder.install()
    yield finder
    sys.meta_path[:] = paths
    for name in set(sys.modules) - before:
        del sys.modules[name]


def load(tmp_path: Path, text: str) -> ModuleType:
    name = f"a_project_file_{next(NUMBERS)}"
    (tmp_path / f"{name}.py").write_text(text)
    importlib.invalidate_caches()
    return importlib.import_module(name)


AT_IMPORT = [
    "from not_there import Thing\nclass B(Thing):\n    pass",
    "from not_there.deep.deeper import Thing, other",
    "import not_there.deep as d\nclass B(d.Thing):\n    pass",
    "import not_there\nclass Meta(type): pass\nclass Own(metaclass=Meta): pass\nclass B(not_there.Thing, Own):\n    pass",
    "import not_there\n@not_there.register\ndef f():\n    return 1\nassert f() == 1",
    "import not_there\n@not_there.register('name', key=1)\nclass C:\n    pass\nassert C().__class__ is C",
    "import not_there\nlogger = not_there.get_logger().child('x')",
    "import not_there\ndef f(x: not_there.Thing | None, y: not_there.List[int] = not_there.EMPTY): pass",
    "import not_there\nassert not isinstance(1, not_there.Thing)",
]


@pytest.mark.parametrize("text", AT_IMPORT)
def test_at_import(missing: MissingModules, tmp_path: Path, text: str) -> None:
    load(tmp_path, text)
    assert missing.names[0] == "not_there"


USES = [
    ("def use(): return not_there.layer", "not_there.layer"),
    ("def use(): return not_there.deep.layer(1)", "not_there.deep"),
    ("from not_there import Thing\ndef use(): return Thing(1)", "not_there.Thing"),
    (
        "from not_there import Thing\nclass B(Thing):\n    pass\ndef use(): return B()",
        "not_there.Thing, which B inherits from",
    ),
    ("from not_there import things\ndef use(): return [t for t in things]", "not_there.things"),
    ("from not_there import things\ndef use(): return things[0]", "not_there.things"),
]


@pytest.mark.parametrize(("text", "used"), USES)
def test_use_raises_with_the_name(missing: MissingModules, tmp_path: Path, text: str, used: str) -> None:
    module = load(tmp_path, f"import not_there\n{text}\n")
    missing.forbid_use()
    with pytest.raises(UsedMissing) as raised:
        module.use()
    assert (raised.value.module, raised.value.used) == ("not_there", used)


def test_a_file_that_is_imported_later_may_name_it(missing: MissingModules, tmp_path: Path) -> None:
    missing.forbid_use()
    module = load(
        tmp_path, "from not_there import Thing\nLOG = Thing.logger()\nclass B(Thing): pass\ndef use(): return Thing()"
    )
    with pytest.raises(UsedMissing):
        module.use()


def test_what_does_not_use_it_runs(missing: MissingModules, tmp_path: Path) -> None:
    module = load(
        tmp_path, "from not_there import Thing\nclass A:\n    def call(self): return 2\nclass B(Thing): pass\n"
    )
    missing.forbid_use()
    assert module.A().call() == 2


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    import not_there\nexcept ImportError:\n    not_there = None\nassert not_there is None",
        "try:\n    from not_there import x\nexcept (KeyError, ModuleNotFoundError):\n    x = None\nassert x is None",
        "try:\n    import not_there\nexcept:\n    not_there = None\nassert not_there is None",
        "import importlib.util\nassert importlib.util.find_spec('not_there') is None",
    ],
)
def test_code_that_asks_is_told_the_truth(missing: MissingModules, tmp_path: Path, text: str) -> None:
    load(tmp_path, text)
    assert missing.names == []


def test_installed_code_is_told_the_truth(missing: MissingModules, tmp_path: Path) -> None:
    installed = tmp_path / "site-packages"
    installed.mkdir()
    (installed / "other_package.py").write_text("import not_there\n")
    sys.path.insert(0, str(installed))
    try:
        with pytest.raises(ModuleNotFoundError):
            load(tmp_path, "import other_package")
    finally:
        sys.path.remove(str(installed))
    assert missing.names == []


def test_a_name_that_an_installed_package_has_not(missing: MissingModules, tmp_path: Path) -> None:
    with pytest.raises(ImportError):
        load(tmp_path, "from json import not_there")
    with pytest.raises(ModuleNotFoundError):
        load(tmp_path, "import json.not_there")


def test_behind() -> None:
    def cause() -> Any:
        try:
            raise UsedMissing("not_there", "not_there.x")
        except UsedMissing as error:
            raise ValueError("wrapped") from error

    with pytest.raises(ValueError, match="wrapped") as raised:
        cause()
    found = find_cause(raised.value, UsedMissing)
    assert found is not None
    assert found.module == "not_there"
    assert find_cause(KeyError("x"), UsedMissing) is None
