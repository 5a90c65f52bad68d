"""`alerts.toml` in the home: whom to tell when a run fails. It may hold an address that is a secret, so git ignores it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from orchestration.inputs.records import Record, read_optional_toml

if TYPE_CHECKING:
    from orchestration.inputs.home import Home


class Alerts(Record):
    """The file; without one nobody is told.

    Attributes:
        command: a program with its arguments; it gets the alert as JSON on its standard input.
        webhook: an address to which the alert is posted as JSON.
        limit: seconds that the command or one attempt of the webhook may take.
    """

    command: list[str] = Field(default_factory=list)
    webhook: str = Field(default="", pattern="^(https?://.*)?$")
    limit: float = Field(default=30, gt=0)


def read_alerts(home: Home) -> Alerts:
    """Read the file.

    Raises:
        InputError: it is wrong.
    """
    return read_optional_toml(home.path / "alerts.toml", Alerts, "alerts.toml can't be used")
