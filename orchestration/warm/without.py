"""Imports of what can do without a package that takes long, or without most of it until somebody asks."""

from __future__ import annotations

import importlib
import importlib.util
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


def put_off(module: str) -> None:
    """Have a module of a package imported when somebody first uses something of it, and not where it is only named.

    Args:
        module: `package.module`; nothing happens where it is imported already.
    """
    if module in sys.modules:
        return
    package, _, name = module.rpartition(".")
    holder = importlib.import_module(package)
    specification = importlib.util.find_spec(module)
    if specification is None or specification.loader is None:
        return
    specification.loader = importlib.util.LazyLoader(specification.loader)
    sys.modules[module] = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(sys.modules[module])
    setattr(holder, name, sys.modules[module])
