"""`readers.toml` in the home: which groups of this machine read what is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from orchestration.inputs.records import Record, read_optional_toml

if TYPE_CHECKING:
    from orchestration.inputs.home import Home

FILE = "readers.toml"
GROUP = r"^([^\s:]+)?$"


class Readers(Record):
    """The file; the internal files are their owner's alone, whatever it says.

    Attributes:
        wco: the group that reads the files for National Contact Points; empty for that of the user who publishes.
        public: the group that reads the files for everybody, where that is not everybody on this machine.
    """

    wco: str = Field(default="", pattern=GROUP)
    public: str = Field(default="", pattern=GROUP)


def read_readers(home: Home) -> Readers:
    """Read the file.

    Raises:
        InputError: it is wrong.
    """
    return read_optional_toml(home.path / FILE, Readers, f"{FILE} can't be used")
