"""The Keras that a project's dependencies leave: of every kind of file, by folder, and what wins over them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_keras_graph.config import Options
from flake8_keras_graph.project.hierarchy import Hierarchy
from flake8_keras_graph.project.pins import PinReader
from flake8_keras_graph.project.project import Project
from flake8_keras_graph.project.version_ranges import ranges, requirement

LOCK = '[[package]]\nname = "numpy"\nversion = "1.2"\n\n[[package]]\nname = "{}"\nversion = "{}"\n'


def pipfile_lock(version: str) -> str:
    return json.dumps({"default": {"tensorflow": {"version": version}}, "develop": {}})


FILES = [
    # the files of a folder, what they say of tensorflow.keras, and of keras
    ({}, None, None),
    ({"requirements.txt": "numpy\ntensorflow==2.10.0  # x\n"}, 2, 2),
    ({"requirements.txt": "tensorflow<2.16"}, 2, 2),
    ({"requirements.txt": "tensorflow>=2.4,<=2.15"}, 2, 2),
    ({"requirements.txt": "tensorflow>=2.4, < 2.16.0"}, 2, 2),
    ({"requirements.txt": "tensorflow<=2.16"}, None, None),
    ({"requirements.txt": "tensorflow>=2.4"}, None, None),
    ({"requirements.txt": "tensorflow"}, None, None),
    ({"requirements.txt": "tensorflow!=2.15"}, None, None),
    ({"requirements.txt": "tensorflow~=2.10"}, None, None),
    ({"requirements.txt": "tensorflow~=2.10.0"}, 2, 2),
    ({"requirements.txt": "tensorflow==2.1.*"}, 2, 2),
    ({"requirements.txt": "tensorflow==2.*"}, None, None),
    ({"requirements.txt": "tensorflow[and-cuda]==2.15.1 ; python_version < '3.12'"}, 2, 2),
    ({"requirements.txt": "tensorflow==2.15.1 \\\n    --hash=sha256:aa\n"}, 2, 2),
    ({"requirements.txt": "Tensorflow_GPU==2.0.0b1"}, 2, 2),
    ({"requirements.txt": "tensorflow>=2.16.1"}, 3, 3),
    ({"requirements.txt": "tensorflow-probability<0.20\ntensorflow-hub==0.12\ntf-keras==2.15"}, None, None),
    ({"requirements.txt": "tensorflow==2.15; sys_platform == 'win32'\ntensorflow>=2.16; sys_platform != 'win32'"}, None, None),
    ({"requirements.txt": "# tensorflow==2.10"}, None, None),
    ({"requirements.txt": "tensorflow @ https://example.org/tensorflow-2.10.whl"}, None, None),
    ({"requirements.txt": "transformers\ntensorflow-addons\n"}, 2, 2),
    ({"requirements.txt": "tensorflow>=2.16\ntensorflow_addons\n"}, 3, 3),
    ({"requirements.txt": "keras<3"}, 2, 2),
    ({"requirements.txt": "keras==2.3.1\ntensorflow>=1.15"}, 2, 2),
    ({"requirements.txt": "keras>=3.0"}, 3, 3),
    ({"requirements.txt": "tensorflow==2.15\nkeras>=3"}, 2, 3),
    ({"requirements.txt": "tensorflow==2.10".encode("utf-16")}, 2, 2),
    ({"requirements.txt": b"\xff\xfe\xff tensorflow"}, None, None),
    ({"requirements.txt": "-r deps/base.txt", "deps/base.txt": "tensorflow==2.9\n-r base.txt"}, 2, 2),
    ({"requirements.txt": "tensorflow\n-c constraints.txt", "constraints.txt": "tensorflow==2.9"}, 2, 2),
    ({"requirements/dev.txt": "tensorflow==2.9"}, 2, 2),
    ({"requirements-gpu.txt": "tensorflow-gpu==2.4", "requirements.txt": "tensorflow>=2.0"}, 2, 2),
    ({"requirements-old.txt": "tensorflow==2.4", "requirements-new.txt": "tensorflow==2.17"}, None, None),
    ({"setup.py": "from setuptools import setup\nNEEDS = ['tensorflow>=2.3,<2.12', 'numpy']\nsetup(install_requires=NEEDS)"}, 2, 2),
    ({"setup.py": "'''tensorflow 2.0 for all'''\nsetup(keywords='keras tensorflow', install_requires=['tensorflow'])"}, None, None),
    ({"setup.py": "setup(extras_require={'old': ['tensorflow<2.16'], 'new': ['tensorflow>=2.4']})"}, None, None),
    ({"setup.py": "print 'tensorflow==2.4'"}, None, None),
    ({"setup.cfg": "[options]\ninstall_requires =\n    numpy\n    tensorflow >=2.13.0, <2.16.0\n"}, 2, 2),
    ({"setup.cfg": "[options.extras_require]\ntf =\n    tensorflow<2.16\n"}, 2, 2),
    ({"setup.cfg": "[metadata]\nkeywords =\n    tensorflow==2.4\n"}, None, None),
    ({"setup.cfg": "install_requires = tensorflow<2.16"}, None, None),
    ({"pyproject.toml": '[project]\ndependencies = ["tensorflow<2.16"]'}, 2, 2),
    ({"pyproject.toml": '[project]\nkeywords = ["tensorflow==2.4"]\nname = "keras"'}, None, None),
    ({"pyproject.toml": '[project.optional-dependencies]\ntf = ["tensorflow>=2.8,<2.11"]'}, 2, 2),
    ({"pyproject.toml": '[project.optional-dependencies]\na = ["tensorflow<2.16"]\nb = ["tensorflow>=2.16"]'}, None, None),
    ({"pyproject.toml": '[dependency-groups]\ntest = ["keras<3", {include-group = "x"}]\nx = []'}, 2, 2),
    ({"pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.8"\ntensorflow = "2.10"'}, 2, 2),
    ({"pyproject.toml": '[tool.poetry.dependencies]\ntensorflow = "~2.10"'}, 2, 2),
    ({"pyproject.toml": '[tool.poetry.dependencies]\ntensorflow = "^2.10"'}, None, None),
    ({"pyproject.toml": '[tool.poetry.dependencies]\ntensorflow = "<2.10 || ^2.12, <2.15"'}, 2, 2),
    ({"pyproject.toml": '[tool.poetry.dependencies]\ntensorflow = {version = "2.10.*", optional = true}'}, 2, 2),
    ({"pyproject.toml": '[tool.poetry.dependencies]\ntensorflow = [{version = "2.10", markers = "a"}, {version = "2.12"}]'}, 2, 2),
    ({"pyproject.toml": '[tool.poetry.group.dev.dependencies]\nkeras = "<3"'}, 2, 2),
    ({"pyproject.toml": '[tool.uv]\nconstraint-dependencies = ["tensorflow<2.16"]'}, 2, 2),
    ({"pyproject.toml": '[tool.keras-graph]\nkeras = "auto"\n[tool.other]\nkeras = "2.0"'}, None, None),
    ({"pyproject.toml": "[tool.poetry.dependencies\ntensorflow"}, None, None),
    ({"pyproject.toml": 'tool = "tensorflow"'}, None, None),
    ({"Pipfile": '[packages]\ntensorflow = "==2.10"'}, 2, 2),
    ({"Pipfile": '[dev-packages]\nkeras = {version = "<3", extras = []}'}, 2, 2),
    ({"Pipfile": '[packages]\ntensorflow = "*"', "Pipfile.lock": pipfile_lock("==2.12.0")}, 2, 2),
    ({"Pipfile.lock": "{tensorflow"}, None, None),
    ({"poetry.lock": LOCK.format("tensorflow", "2.15.0")}, 2, 2),
    ({"poetry.lock": LOCK.format("tensorflow", "2.16.1")}, 3, 3),
    ({"uv.lock": LOCK.format("keras", "2.12.0"), "pyproject.toml": '[project]\ndependencies = ["keras>=2"]'}, 2, 2),
    ({"uv.lock": LOCK.format("tensorflow", "2.12.0"), "requirements.txt": "tensorflow==2.18"}, 2, 2),
    ({"uv.lock": LOCK.format("tensorflow", "2.12.0") + LOCK.format("tensorflow", "2.18.0")}, None, None),
    ({"environment.yml": "dependencies:\n  - python=3.8\n  - tensorflow=2.10\n"}, 2, 2),
    ({"environment.yml": "dependencies:\n  - conda-forge::tensorflow-gpu=2.1.0=py37_0\n"}, 2, 2),
    ({"environment.yml": "dependencies:\n  - tensorflow=2\n"}, None, None),
    ({"environment.yml": 'dependencies:\n  - pip:\n      - "tensorflow==2.3.1"  # x\n'}, 2, 2),
    ({"conda-gpu.yml": "dependencies:\n  - tensorflow 2.10.*\n"}, 2, 2),
    ({"conda-lock.yml": "package:\n- name: tensorflow\n  version: 2.10.0\n"}, 2, 2),
    ({"requirements.yml": "- tensorflow=2.10", "tensorflow.txt": "tensorflow==2.10"}, None, None),
]  # fmt: skip


def write(root, files):
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text if isinstance(text, bytes) else text.encode())


@pytest.mark.parametrize(("files", "tensorflow", "keras"), FILES, ids=lambda value: str(value)[:70])
def test_what_a_folder_says(tmp_path, files, tensorflow, keras):
    write(tmp_path, {".git/HEAD": "", **files})
    pins = PinReader().pins_of(str(tmp_path))
    assert (pins.version_of("tensorflow"), pins.version_of("keras")) == (tensorflow, keras)


def test_an_unreadable_file_says_nothing(tmp_path):
    write(tmp_path, {".git/HEAD": "", "requirements.txt": "tensorflow==2.10"})
    (tmp_path / "setup.cfg").mkdir()
    (tmp_path / "uv.lock").symlink_to(tmp_path / "nowhere")
    assert PinReader().pins_of(str(tmp_path)).tensorflow == 2
    assert PinReader().pins_of(str(tmp_path / "gone" / "deeper")).tensorflow == 2


OLD, NEW, EITHER = "tensorflow==2.10", "tensorflow==2.18", "tensorflow>=2.4"
PLACES = [
    # files, the folder of the module, what holds there
    ({".git/HEAD": "", "requirements.txt": OLD}, "a/b/c/d/e/f/g/h/i/j", 2),
    ({".git/HEAD": "", "requirements.txt": OLD, "a/requirements.txt": NEW}, "a/b", 3),
    ({".git/HEAD": "", "requirements.txt": OLD, "a/requirements.txt": NEW}, "b", 2),
    ({".git/HEAD": "", "requirements.txt": OLD, "a/requirements.txt": EITHER}, "a", 2),
    ({".git/HEAD": "", "requirements.txt": OLD, "a/pyproject.toml": "[project]\n"}, "a", 2),
    ({"requirements.txt": OLD, "a/.git": "gitdir: x"}, "a/b", None),
    ({"requirements.txt": OLD}, "a/b", 2),
    ({"requirements.txt": OLD, "a/setup.py": ""}, "a/b", None),
    ({"requirements.txt": OLD}, "a/b/c/d/e/f/g/h/i/j", None),
    ({".git/HEAD": "", "requirements.txt": OLD}, "venv/site-packages/pkg", None),
    ({"requirements.txt": OLD}, "venv/site-packages/pkg", None),
]  # fmt: skip


@pytest.mark.parametrize(("files", "folder", "expected"), PLACES)
def test_which_folder_decides(tmp_path, files, folder, expected):
    write(tmp_path, files)
    (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    assert PinReader().pins_of(str(tmp_path / folder)).tensorflow == expected


def test_a_folder_is_read_once(tmp_path):
    write(tmp_path, {".git/HEAD": "", "requirements.txt": OLD})
    reader = PinReader()
    assert reader.pins_of(str(tmp_path / "a")).tensorflow == 2
    (tmp_path / "requirements.txt").write_text(NEW)
    assert reader.pins_of(str(tmp_path / "b")).tensorflow == 2
    assert PinReader().pins_of(str(tmp_path / "b")).tensorflow == 3


LAYER = "class A({}.layers.Layer):\n    pass\n"
IMPORTS = [
    # the head of the file, its base's package, the requirements, the option, the Keras of the class
    ("import keras", "keras", OLD, "auto", 2),
    ("import keras", "keras", NEW, "auto", 3),
    ("import keras", "keras", EITHER, "auto", 3),
    ("import keras", "keras", OLD, "3", 3),
    ("import keras", "keras", NEW, "2", 2),
    ("import tensorflow as tf", "tf.keras", OLD, "auto", 2),
    ("import tensorflow as tf", "tf.keras", f"{OLD}\nkeras>=3", "auto", 2),
    ("import keras", "keras", f"{OLD}\nkeras>=3", "auto", 3),
    ("import keras\nfrom keras import ops", "keras", OLD, "auto", 3),
    ("import keras\ny = lambda x: keras.ops.abs(x)", "keras", OLD, "auto", 3),
    ("import os\nos.environ['KERAS_BACKEND'] = 'tensorflow'\nimport keras", "keras", OLD, "auto", 3),
    ("import keras_core as keras", "keras", OLD, "auto", 3),
    ("import tf_keras as keras", "keras", NEW, "auto", 2),
    ("import os\nos.environ['TF_USE_LEGACY_KERAS'] = '1'\nimport tensorflow as tf", "tf.keras", NEW, "auto", 2),
]  # fmt: skip


@pytest.mark.parametrize(("head", "package", "requirements", "option", "expected"), IMPORTS)
def test_what_wins(tmp_path, head, package, requirements, option, expected):
    write(tmp_path, {".git/HEAD": "", "requirements.txt": requirements})
    project = Project()
    module = project.add(str(tmp_path / "m.py"), f"{head}\n{LAYER.format(package)}")
    hierarchy = Hierarchy(project, Options(keras=option))
    assert hierarchy.keras_version(module.classes["A"]) == expected
    assert hierarchy.keras_version_of_file(module) == expected


VERSIONS = st.tuples(st.integers(0, 4), st.integers(0, 20), st.integers(0, 3))


@given(st.sampled_from(["<", "<=", "==", "~=", "^", "~", ">=", ">", "="]), VERSIONS, VERSIONS)
def test_a_range_is_not_on_both_sides_of_a_version(operator, version, bound):
    (found,) = ranges(f"{operator}{'.'.join(map(str, version))}")
    assert not (found.is_below(bound) and found.is_from(bound))


@given(st.text() | st.text("<>=~!^|,.*0123456789 tensorflow[]();@#"))
def test_no_text_is_too_much(text):
    found = requirement(text)
    if found is not None:
        ranges(found[1])
    ranges(text)


@pytest.mark.parametrize(
    "name",
    ["requirements.txt", "setup.py", "setup.cfg", "pyproject.toml", "uv.lock", "Pipfile.lock", "environment.yml"],
)
@given(content=st.binary() | st.text("[]{}()=<>\"'\n -.,0123456789tensorflow").map(str.encode))
def test_no_file_is_too_much(tmp_path_factory, name, content):
    folder = tmp_path_factory.mktemp("any")
    (folder / ".git").mkdir()
    (folder / name).write_bytes(b"tensorflow\n" + content)
    PinReader().pins_of(str(folder))
