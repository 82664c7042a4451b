"""What is installed: declared dependencies, entry points, the wheel; and that the documents tell the truth."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import zipfile
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from flake8_keras_graph import __version__, cli, plugin

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "flake8_keras_graph"

# Import name -> distribution, where they differ or another distribution brings it.
DISTRIBUTIONS = {
    "dask": "distributed",
    "keras": "tensorflow",
    "markupsafe": "jinja2",
    "numpy": "tensorflow",
    "tf_keras": None,
    "yaml": "PyYAML",
}


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\s<>=!~;\[]", requirement)[0] for requirement in requirements}


def third_party(file: Path) -> set[str]:
    """Packages of others that a module imports when it runs, anywhere in it."""
    found = set()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body.clear()  # what the type checker alone imports; ``walk`` comes to it after this
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - {PACKAGE.name, "tomllib"}


def test_dependencies_are_declared(project: dict[str, Any]) -> None:
    light = names(project["dependencies"])
    extra = names(project["optional-dependencies"]["measure"])
    cluster = names(project["optional-dependencies"]["distributed"])
    for file in PACKAGE.rglob("*.py"):
        part = file.relative_to(PACKAGE).parts[0]
        allowed = light | extra if part in ("measure", "report", "commands") else light
        if file.parent.name == "cluster":
            allowed = allowed | cluster
        for package in third_party(file):
            distribution = DISTRIBUTIONS.get(package, package)
            assert distribution is None or distribution in allowed, f"{file} imports {package}"


def test_dependencies_are_used(project: dict[str, Any]) -> None:
    used = set().union(*(third_party(file) for file in PACKAGE.rglob("*.py")))
    assert names(project["dependencies"]) | names(project["optional-dependencies"]["measure"]) <= used


def test_measure_asks_for_what_the_extra_brings(project: dict[str, Any]) -> None:
    from flake8_keras_graph.commands.measure import NEEDED, NEEDED_FOR_DASK, NEEDED_FOR_HTML

    extras = project["optional-dependencies"]
    assert set(NEEDED + NEEDED_FOR_HTML) == names(extras["measure"])
    assert "flake8-keras-graph[measure]" in extras["distributed"]
    assert set(NEEDED_FOR_DASK) <= names(extras["measure"]) | names(extras["distributed"])


def test_entry_points(project: dict[str, Any]) -> None:
    (extension,) = (point for point in entry_points(group="flake8.extension") if point.name == "KG")
    (script,) = (point for point in entry_points(group="console_scripts") if point.name == "keras-graph")
    assert extension.load() is plugin.KerasGraph
    assert script.load() is cli.main
    assert project["entry-points"]["flake8.extension"] == {"KG": extension.value}


@pytest.mark.slow
def test_wheel(tmp_path: Path) -> None:
    arguments = ["wheel", "--no-deps", "--quiet", "--wheel-dir", str(tmp_path), str(ROOT)]
    built = subprocess.run([sys.executable, "-m", "pip", *arguments], capture_output=True, text=True)
    if "No matching distribution found for hatchling" in built.stderr:
        pytest.skip("pip reaches no package index to fetch the build backend from")
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob(f"flake8_keras_graph-{__version__}-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        content = archive.namelist()
        metadata = archive.read(f"flake8_keras_graph-{__version__}.dist-info/METADATA").decode()
    modules = {f"{PACKAGE.name}/{file.relative_to(PACKAGE).as_posix()}" for file in PACKAGE.rglob("*.py")}
    assert {name for name in content if name.endswith(".py")} == modules
    for data in (
        "py.typed",
        "report/measured/report.html.j2",
        "report/measured/report.css",
        "report/measured/report.js",
    ):
        assert f"{PACKAGE.name}/{data}" in content
    assert any(name.endswith("/licenses/LICENSE") for name in content)
    assert "License-Expression: Apache-2.0" in metadata
    assert "# flake8-keras-graph" in metadata


def test_licence() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def commands(document: str = "README.md") -> list[str]:
    """The shell commands of a document."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / document).read_text(encoding="utf-8"), re.DOTALL)
    return [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines()]


def test_the_two_commands_for_a_clone() -> None:
    measure, test = commands()[:2]
    assert measure == (
        "python3 -m venv .venv && .venv/bin/pip install '.[measure]'"
        " && .venv/bin/keras-graph measure --all fixtures/mission"
    )
    assert len(list((ROOT / "fixtures" / "mission").glob("*.py"))) == 3
    assert test == (
        "python3 -m venv .venv && .venv/bin/pip install -e '.[dev]'"
        " && .venv/bin/python -m pytest -n logical --dist loadfile"
    )


def test_ci_runs_every_test_as_the_readme_says() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.search(r'^"\$bin/pip" install .*-e \'\.\[dev\]\'', script, re.MULTILINE)
    assert re.findall(r'^"\$bin/python" -m pytest (.*) </dev/null$', script, re.MULTILINE) == [
        '-n logical -m "not tensorflow"',
        "-n logical --dist loadfile -m tensorflow",
    ]
    assert commands()[1] in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("document", ["README.md", "docs/ci.md"])
def test_documented_commands_and_options_exist(document: str, capsys: pytest.CaptureFixture[str]) -> None:
    for line in commands(document):
        words = line.split("&& ")[-1].removeprefix(".venv/bin/").split()
        if words[0] != "keras-graph":
            continue
        with pytest.raises(SystemExit) as ended:
            cli.main([words[1], "--help"])
        assert ended.value.code == 0
        shown = capsys.readouterr().out
        assert all(word in shown for word in words if word.startswith("--")), line


def test_every_documented_key_is_read(tmp_path: Path) -> None:
    from flake8_keras_graph import config

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    tables = "\n".join(re.findall(r"```toml\n(.*?)```", readme, re.DOTALL)[::-1])
    (tmp_path / "pyproject.toml").write_text(tables, encoding="utf-8")
    assert config.load(tmp_path).models
    documented = set(tomllib.loads(tables)["tool"]["keras-graph"])
    assert documented == set(config._READERS)
