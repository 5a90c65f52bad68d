"""Where things lie: the folders of the code, and the *home*, the folder that holds one installation's data."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

CODE = Path(__file__).resolve().parent.parent.parent
DBT_PROJECT = CODE / "dbt_project"
EXPECTATIONS = CODE / "expectations"
STYLE = CODE / "orchestration" / "report" / "static" / "report.css"
"""How all pages look."""


@dataclass(frozen=True)
class Home:
    """One installation's data: raw inputs as received, and the warehouse made from them.

    Attributes:
        path: the folder; `PMM_HOME` if that is set, else the project's own folder.
    """

    path: Path

    @classmethod
    def current(cls) -> Home:
        """The home that commands and the Dagster code location work on."""
        return cls(Path(os.environ.get("PMM_HOME", CODE)).resolve())

    @property
    def raw(self) -> Path:
        """Inputs as data; nothing in it is computed."""
        return self.path / "raw"

    @property
    def frameworks(self) -> Path:
        """One folder a framework."""
        return self.raw / "frameworks"

    @property
    def cycles(self) -> Path:
        """One folder a cycle."""
        return self.raw / "cycles"

    @property
    def members(self) -> Path:
        """All WCO Members, the start of a new roster."""
        return self.raw / "reference" / "members.csv"

    @property
    def terms(self) -> Path:
        """Under what name and licence the files are published."""
        return self.raw / "reference" / "terms.toml"

    @property
    def warehouse(self) -> Path:
        """All outputs."""
        return self.path / "warehouse"

    @property
    def builds(self) -> Path:
        """One folder a cycle, in which its refreshes build."""
        return self.warehouse / "build"

    @property
    def publications(self) -> Path:
        """One folder a publication."""
        return self.warehouse / "publications"

    @property
    def dagster(self) -> Path:
        """Dagster's history of runs."""
        return self.warehouse / "dagster"

    @property
    def data_docs(self) -> Path:
        """The pages of what was checked of each cycle."""
        return self.warehouse / "data_docs"

    def published(self, audience: str) -> Path:
        """The database file of one audience; the files of all audiences are replaced together by each refresh."""
        return self.warehouse / f"{audience}.duckdb"

    def published_report(self, audience: str) -> Path:
        """The first page of an audience's report."""
        return self.warehouse / audience / "report" / "index.html"

    def shown(self, path: Path) -> str:
        """A path as messages and tables show it: relative to the home where it lies inside, with `/`."""
        for inside in (path.absolute(), path.resolve()):
            if inside.is_relative_to(self.path):
                return inside.relative_to(self.path).as_posix()
        return path.as_posix()
