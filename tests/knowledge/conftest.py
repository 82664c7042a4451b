"""The tests of the tables share the package ``sampling``, which lies next to them."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
