"""What a data package says of its files, file by file: a package of many cycles has thousands.

Each is read no further than is needed: what a file's columns are stays the text that it is.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = "datapackage.json"


class Resource(msgspec.Struct, omit_defaults=True):
    """A file of the package, with the names of the specification: https://specs.frictionlessdata.io/data-resource/.

    Attributes:
        name: by which keys of other files refer to it.
        profile: the specification's word for what it is.
        type: likewise, as newer readers call it.
        path: in the package's folder.
        title: the table's name.
        description: what its rows are.
        format: the suffix of the file.
        mediatype: as IANA or its own standard registers it.
        encoding: of its text.
        bytes: its size.
        hash: of its bytes, with the name of the method before it; None where there is no such file.
        dialect: how the text of a table is cut into cells; none where it is no such text.
        schema: its columns and keys, as JSON; none where its own standard says what they are.
    """

    name: str
    profile: str
    type: str
    path: str
    title: str
    description: str
    format: str
    mediatype: str
    encoding: str
    bytes: int
    hash: str | None
    dialect: dict[str, Any] = {}
    schema: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class _Resources(msgspec.Struct):
    resources: list[Resource]


class _Texts(msgspec.Struct):
    resources: list[msgspec.Raw]


class _Named(msgspec.Struct):
    name: str


def read_resources(folder: Path) -> list[Resource]:
    """What a package says of its files.

    Raises:
        OSError: there is none.
        ValueError: it is not what `write` writes.
    """
    return msgspec.json.decode((folder / PACKAGE).read_bytes(), type=_Resources).resources


def read_texts(folder: Path) -> dict[str, bytes]:
    """By name what a package says of each file, as JSON: where two say the same of a file, the texts are the same.

    Raises:
        OSError: there is no package.
        ValueError: it is none.
    """
    texts = msgspec.json.decode((folder / PACKAGE).read_bytes(), type=_Texts).resources
    return {msgspec.json.decode(text, type=_Named).name: bytes(text) for text in texts}


def read_head(folder: Path) -> dict[str, Any]:
    """What a package says of itself, without its files.

    Raises:
        OSError: there is none.
        ValueError: it is none.
    """
    head = msgspec.json.decode((folder / PACKAGE).read_bytes(), type=dict[str, msgspec.Raw])
    return {name: msgspec.json.decode(text) for name, text in head.items() if name != "resources"}


def write(folder: Path, package: dict[str, Any], resources: list[Resource]) -> None:
    """Write what a package is, and after it a line a file.

    Args:
        folder: of the package.
        package: what it says of itself.
        resources: what it says of its files.
    """
    head = json.dumps(package, indent=1, default=str).removesuffix("\n}")
    lines = ",\n".join(msgspec.json.encode(resource).decode() for resource in resources)
    (folder / PACKAGE).write_text(f'{head},\n "resources": [\n{lines}\n]\n}}\n', encoding="utf-8")
