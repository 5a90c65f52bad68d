"""Imports of what can do without a package that takes long."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def without(package: str) -> Iterator[None]:
    """Have a package not be found while the block imports something that can do without it; later it is.

    Where it is imported already, that is put back afterwards.

    Args:
        package: its name.
    """
    known = {name: module for name, module in sys.modules.items() if name.split(".")[0] == package}
    sys.modules.update(dict.fromkeys({package, *known}))  # type: ignore[arg-type]
    try:
        yield
    finally:
        del sys.modules[package]
        sys.modules.update(known)
