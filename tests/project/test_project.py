"""Names followed through the files of a project."""

from __future__ import annotations

import keyword

from hypothesis import given
from hypothesis import strategies as st

from flake8_keras_graph.project.index import ClassInfo, read_module
from flake8_keras_graph.project.module_paths import Finder, module_name
from flake8_keras_graph.project.project import Project


def test_beside_an_installed_package_there_are_others(tmp_path):
    """What another distribution holds is not the project's, installed in the same folder or not."""
    for folder in ("src", "site-packages"):
        for name in ("ours", "theirs"):
            package = tmp_path / folder / name
            package.mkdir(parents=True)
            (package / "__init__.py").write_text("")
            (package / "m.py").write_text("x = 1\n")
    known = {
        folder: [Finder().find(name, str(tmp_path / folder / "ours")) is not None for name in ("ours.m", "theirs.m")]
        for folder in ("src", "site-packages")
    }
    assert known == {"src": [True, True], "site-packages": [True, False]}


def test_module_name(tmp_path):
    for name in ("src/pkg/__init__.py", "src/pkg/sub/__init__.py", "src/pkg/sub/m.py", "src/alone.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert module_name(str(tmp_path / "src/pkg/sub/m.py")) == "pkg.sub.m"
    assert module_name(str(tmp_path / "src/pkg/sub/__init__.py")) == "pkg.sub"
    assert module_name(str(tmp_path / "src/alone.py")) == "alone"


def test_a_project_reads_a_bounded_number_of_files(tmp_path):
    for number in range(60):
        (tmp_path / f"m{number}.py").write_text(f"from m{number + 1} import x\n")
    text = "\n".join(f"from m{number} import x as x{number}" for number in range(60))
    project = Project(max_files=10)
    module = project.add(str(tmp_path / "main.py"), text)
    for number in range(60):
        project.resolve(f"m{number}.x", module)
    assert len(project.touched) <= 10


def test_files_are_found_from_the_package_root(tmp_path):
    (tmp_path / "pkg" / "sub").mkdir(parents=True)
    (tmp_path / "pkg" / "__init__.py").write_text("")
    (tmp_path / "pkg" / "sub" / "__init__.py").write_text("from .deep import thing as other")
    (tmp_path / "pkg" / "sub" / "deep.py").write_text("class thing: pass")
    main = tmp_path / "pkg" / "main.py"
    project = Project()
    module = project.add(str(main), "import pkg.sub\nfrom pkg.sub import other")
    found = project.resolve("pkg.sub.other", module)
    assert isinstance(found, ClassInfo)
    assert found.symbol == "thing"
    assert project.resolve("pkg.sub.nothing", module) is None
    assert project.resolve("", module) is None
    assert project.resolve("..", module) is None


identifiers = st.text(alphabet="abcdefgh_", min_size=1, max_size=6).filter(lambda name: not keyword.iskeyword(name))


@given(st.lists(identifiers, min_size=1, max_size=4, unique=True), st.integers(0, 4))
def test_origin_ends_whatever_the_aliases(names, level):
    text = "\n".join(f"{name} = {other}" for name, other in zip(names, [*names[1:], names[0]], strict=True))
    module = read_module("m.py", text, "m")
    project = Project()
    assert isinstance(project.dotted(module, names[0] + ".x" * level), str)
