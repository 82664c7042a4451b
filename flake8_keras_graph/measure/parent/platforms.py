"""Where models can be run. Standard library only, and nothing of it that some systems lack."""

from __future__ import annotations

import platform
import sys


def unsupported() -> str:
    """Why models cannot be run on this system; "" where they can.

    The worker relies on what Linux alone has: sockets of packets, taking over what its jobs leave behind.
    """
    if sys.platform == "linux":
        return ""
    instead = "WSL 2" if sys.platform == "win32" else "a Linux container or a virtual machine"
    return f"models are run on Linux only, and this is {platform.system()}: use {instead}"
