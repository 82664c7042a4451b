"""What the entries under ``einops`` are called with: arguments, then names."""

from __future__ import annotations

CALLS: tuple[tuple[str, str], ...] = (
    ("x, y, 'a b, a b -> b'", "einops.einsum"),
    ("x, 'a b -> b a'; [x, y], 'n a b -> a n b'", "einops.rearrange"),
    ("x, 'a b -> a', 'sum'", "einops.reduce"),
    ("x, 'a b -> a b 2'", "einops.repeat"),
    ("[x, y], '* b'", "einops.pack"),
    ("x, [[2], [3]], '* b'", "einops.unpack"),
    ("seq, 'a b c'", "einops.parse_shape"),
)
