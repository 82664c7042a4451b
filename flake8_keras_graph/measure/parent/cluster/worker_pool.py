"""The workers of a dask.distributed cluster: which are there, which of them measure, and on what.

They say by a resource that they are there for this.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator, Mapping
from typing import Any

from flake8_keras_graph.measure.parent.cluster import remote
from flake8_keras_graph.measure.parent.session import MeasureUnavailable

RESOURCE = "KERAS_GRAPH"
"""A worker that declares one of this measures, one class at a time."""
GPU_RESOURCE = "GPU"
"""A worker that declares this as well measures on its GPU."""
LOOK_SECONDS = 1.0
FAREWELL_SECONDS = 5.0
_CONNECT_SECONDS = 10.0
_FIRST_WORKER_SECONDS = 20.0
_INSTALL = "pip install 'flake8-keras-graph[distributed]' there"


@contextlib.contextmanager
def connected(address: str) -> Iterator[Any]:
    """A client of the scheduler there. Raises MeasureUnavailable."""
    import distributed
    from distributed.comm.addressing import resolve_address

    with _silenced("distributed"):
        try:
            resolve_address(address)  # a client would go on trying with an address that is wrong
            client = distributed.Client(address, timeout=_CONNECT_SECONDS, set_as_default=False, name="keras-graph")
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            why = str(error).partition("\n")[0] or type(error).__name__
            raise MeasureUnavailable(f"no dask scheduler can be reached at {address}: {why}") from error
        try:
            yield client
        finally:
            with contextlib.suppress(Exception):
                client.close(timeout=FAREWELL_SECONDS)


@contextlib.contextmanager
def _silenced(package: str) -> Iterator[None]:
    """What it logs of lost connections says less than what is said here, and says it in the midst of the report."""
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == package]
    levels = {logger: logger.level for logger in map(logging.getLogger, names)}
    for logger in levels:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in levels.items():
            logger.setLevel(level)


class Workers:
    """The workers as they were when last looked at.

    ``there`` holds the addresses of all, ``measuring`` what the scheduler knows of those that measure, ``waiting``
    the status of those that would, but are starting or paused; ``unfit`` says why one measures nothing on a device
    after all.
    """

    def __init__(self, client: Any, address: str) -> None:
        self._client, self._address = client, address
        self.there: frozenset[str] = frozenset()
        self.measuring: dict[str, Mapping[str, Any]] = {}
        self.waiting: dict[str, str] = {}
        self.unfit: dict[tuple[str, str], str] = {}

    def look(self) -> None:
        """See which are there. Raises MeasureUnavailable."""
        # Not client.scheduler_info: what that returns is replaced now and then by a summary without workers.
        found: dict[str, dict[str, Any]] | None = None
        scheduler = self._client.scheduler  # None in a client that has given up
        if scheduler is not None:
            with contextlib.suppress(OSError, RuntimeError):  # it is gone; or the client is closing meanwhile
                found = self._client.sync(scheduler.identity)["workers"]
        self.require_connection()
        if found is not None:
            self.there = frozenset(found)
            offering = {name: info for name, info in found.items() if info.get("resources", {}).get(RESOURCE, 0) >= 1}
            # A worker is known some time before it runs, "init" while its plugins are set up.
            statuses = {name: info.get("status", "running") for name, info in offering.items()}
            self.waiting = {name: status for name, status in statuses.items() if status != "running"}
            self.measuring = {name: info for name, info in offering.items() if name not in self.waiting}

    def require_connection(self) -> None:
        """Raises MeasureUnavailable."""
        if self._client.status != "running":  # every future is lost with it
            raise MeasureUnavailable(f"the connection to the dask scheduler at {self._address} is lost")

    def wait(self) -> None:
        """Until one that measures is there. Raises MeasureUnavailable where none comes, or only others are there."""
        until = time.monotonic() + _FIRST_WORKER_SECONDS
        self.look()
        while not self.measuring and (self.waiting or not self.there) and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
            self.look()
        if self.measuring:
            return
        if not self.there:
            raise MeasureUnavailable(f"the dask scheduler at {self._address} has no worker: {self.how()}")
        if self.waiting:
            told = ", ".join(f"{name}: {status}" for name, status in sorted(self.waiting.items()))
            raise MeasureUnavailable(f"no dask worker at {self._address} that measures is running ({told})")
        raise MeasureUnavailable(
            f"none of the {len(self.there)} dask workers at {self._address} offers the resource {RESOURCE}, by which "
            f"each measures one model at a time: {self.how()}"
        )

    def require_same_version(self) -> None:
        """On the scheduler too, which reads what is sent through it. Raises MeasureUnavailable."""
        found = {}
        try:
            found["the scheduler"] = self._client.run_on_scheduler(remote.identity)
        except Exception as error:
            found["the scheduler"] = error
        found |= self._client.run(remote.identity, workers=list(self.measuring), on_error="return")
        for where, identity in found.items():
            if isinstance(identity, Exception):
                told = f"{type(identity).__name__}: {identity}".partition("\n")[0]
                raise MeasureUnavailable(f"{where} has no flake8-keras-graph that can be used ({told}): {_INSTALL}")
            if identity != remote.identity():
                there = f"{where} has flake8-keras-graph {identity}, and here is {remote.identity()}"
                raise MeasureUnavailable(f"{there}: results are comparable between equal ones only")

    def offers(self, worker: str, device: str) -> bool:
        """Whether one that measures declares that it does so on ``device``."""
        resources = self.measuring[worker].get("resources", {})
        return device == "cpu" or resources.get(GPU_RESOURCE, 0) >= 1

    def able(self, worker: str, device: str) -> bool:
        """Whether it declares so, and has not been found unfit."""
        return self.offers(worker, device) and (worker, device) not in self.unfit

    def how(self, gpu: bool = False) -> str:
        """What to do for a worker that measures."""
        resources = f"{RESOURCE}=1 {GPU_RESOURCE}=1" if gpu else f"{RESOURCE}=1"
        return f'start one on each machine with: dask worker {self._address} --nthreads 1 --resources "{resources}"'
