"""A page, before it is written: plain data for a template, and charts."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from orchestration.report.charts import Chart


@dataclass(frozen=True)
class Page:
    """A page.

    Attributes:
        path: from the language's folder, as `sample-2024/kpis/K01.html`.
        template: the file below `templates/` that it is made with.
        title: of the page.
        context: what the template is given: texts and numbers that are written already.
        charts: by name.
        search: under what it is found, where it is: a code and a name.
    """

    path: str
    template: str
    title: str
    context: dict[str, Any]
    charts: tuple[Chart, ...] = ()
    search: str = ""
    trail: tuple[tuple[str, str], ...] = field(default=())

    @property
    def code(self) -> str:
        """The code of the KPI or instrument that it is about; empty where it is about something else."""
        return str(self.context.get("code", ""))

    @property
    def root(self) -> str:
        """The way from the page to the report's folder."""
        return "../" * (self.path.count("/") + 1)

    def digest(self, *more: str) -> str:
        """What it is made from, in few characters."""
        charts = [(c.name, c.title, c.text, vars(c.drawing), dict(c.columns), c.data) for c in self.charts]
        parts = [self.path, self.template, self.title, self.context, charts, self.trail, more]
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:32]
