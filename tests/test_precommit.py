"""The hook in real pre-commit, which installs the package into an environment of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from samples import LOOP

ROOT = Path(__file__).resolve().parent.parent


def git(*arguments: object, cwd: Path) -> None:
    subprocess.run(["git", *map(str, arguments)], cwd=cwd, check=True, capture_output=True)


@pytest.mark.slow
def test_try_repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout, which is what pre-commit installs from")
    for variable in ("PYTHONPATH", "GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "home"))
    hooks = tmp_path / "hooks"
    git("clone", "--quiet", ROOT, hooks, cwd=tmp_path)
    user = tmp_path / "user"
    user.mkdir()
    git("init", "--quiet", cwd=user)
    (user / "free.py").write_text("x = 1\n")
    (user / "loop.py").write_text(LOOP.replace("part(x)", "part(x) if keras.ops.sum(x) > 0 else x"))
    (user / "notes.txt").write_text(LOOP)
    git("add", ".", cwd=user)

    def try_repo(*files: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pre_commit", "try-repo", str(hooks), "keras-graph", "--files", *files]
        return subprocess.run(command, cwd=user, capture_output=True, text=True)

    found = try_repo("free.py", "loop.py", "notes.txt")
    if "No matching distribution found for" in found.stdout:
        pytest.skip("pip reaches no package index to fetch dependencies from")
    assert "error[KG101] " in found.stdout and "--> loop.py:11:17" in found.stdout, found.stdout + found.stderr
    assert "2 findings (1 error, 1 note) in 1 of 2 files" in found.stdout
    assert found.returncode == 1
    clean = try_repo("free.py", "notes.txt")
    assert clean.returncode == 0, clean.stdout + clean.stderr
