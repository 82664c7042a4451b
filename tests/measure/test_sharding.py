"""Shards: nothing lost, nothing twice, and all machines agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from flake8_keras_graph.measure.parent.session_events import Target
from flake8_keras_graph.measure.parent.sharding import shard


def _targets(root: Path) -> list[Target]:
    return [Target(str(root / f"m{i}.py"), "Model", "model", 3) for i in range(200)]


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_every_target_is_in_one_shard(tmp_path: Path, count: int) -> None:
    targets = _targets(tmp_path)
    shards = [shard(targets, number, count, tmp_path) for number in range(1, count + 1)]
    assert sorted(t.path for one in shards for t in one) == sorted(t.path for t in targets)
    assert min(map(len, shards)) > 200 / count / 2


def test_the_place_of_the_checkout_and_the_order_do_not_matter(tmp_path: Path) -> None:
    here, there = tmp_path / "a", tmp_path / "b"
    mine = [Path(t.path).name for t in shard(_targets(here), 2, 3, here)]
    theirs = [Path(t.path).name for t in shard(_targets(there)[::-1], 2, 3, there)]
    assert mine == theirs[::-1]


@pytest.mark.parametrize(("number", "count"), [(0, 2), (3, 2), (1, 0)])
def test_a_shard_that_does_not_exist_is_refused(tmp_path: Path, number: int, count: int) -> None:
    with pytest.raises(ValueError, match="between 1 and the count"):
        shard([], number, count, tmp_path)
