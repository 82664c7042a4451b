"""The device that models run on: everything that depends on it is behind this one small interface. In the worker."""

from __future__ import annotations

import dataclasses
import os
import platform
from typing import Any, Literal


class NoSuchDevice(Exception):
    """The device asked for is not there; the message says what TensorFlow sees."""


@dataclasses.dataclass(frozen=True, slots=True)
class Device:
    """``cpu`` or ``gpu``, as TensorFlow's first device of that kind."""

    kind: Literal["cpu", "gpu"]

    def prepare(self) -> None:
        """Show TensorFlow this device alone, before anything runs. Raises NoSuchDevice."""
        import tensorflow as tf

        gpus = tf.config.list_physical_devices("GPU")
        if self.kind == "cpu":
            tf.config.set_visible_devices([], "GPU")
            threads = _available_cpus()
            tf.config.threading.set_intra_op_parallelism_threads(threads)
            tf.config.threading.set_inter_op_parallelism_threads(threads)
        elif not gpus:
            raise NoSuchDevice("TensorFlow sees no GPU: install its CUDA packages, or use --device cpu")
        else:
            tf.config.set_visible_devices(gpus[:1], "GPU")
            tf.config.experimental.set_memory_growth(gpus[0], True)
            tf.config.experimental.enable_tensor_float_32_execution(False)

    def synchronise(self) -> None:
        """Return when the device has finished what it was given; on a CPU it always has."""
        if self.kind == "gpu":
            import tensorflow as tf

            tf.test.experimental.sync_devices()

    def jit_compile(self, model: Any) -> bool:
        """What ``compile(jit_compile="auto")`` resolves to for the model on this device."""
        if self.kind == "cpu" or not hasattr(model, "_flatten_layers"):
            return False
        return supports_jit(model)

    def describe(self) -> dict[str, Any]:
        """For the environment record."""
        import tensorflow as tf

        described: dict[str, Any] = {
            "device": self.kind,
            "processor": _processor(),
            "threads": _available_cpus(),
        }
        if self.kind == "gpu":
            details = tf.config.experimental.get_device_details(tf.config.list_physical_devices("GPU")[0])
            described["gpu"] = {key: str(value) for key, value in details.items()}
            described["cuda"] = dict(tf.sysconfig.get_build_info()).get("cuda_version", "")
        return described


def supports_jit(model: Any) -> bool:
    """Whether Keras would let XLA compile the model: a layer that looks up strings, for one, says that it cannot."""
    layers = model._flatten_layers() if hasattr(model, "_flatten_layers") else ()
    return all(getattr(layer, "supports_jit", True) for layer in layers)


def _available_cpus() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next((line.partition(":")[2].strip() for line in file if line.startswith("model name")), "")
    except OSError:
        return platform.processor()
