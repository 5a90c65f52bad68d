"""Where pages are served: what Dagster links to."""

from __future__ import annotations

import os

HOST, PORT = "127.0.0.1", 8910
ADDRESS = "PMM_PAGES"
"""Environment variable with another address, as that of a web server in front."""
CHECKS, REPORT, DBT = "checks", "report", "dbt"
"""The first parts of addresses: the checks' pages, an audience's report, dbt's pages."""


def address_of(*parts: str) -> str:
    """The address of a page.

    Args:
        parts: of its path, as `checks`, `sample-2024`, `index.html`.
    """
    return "/".join([os.environ.get(ADDRESS, f"http://{HOST}:{PORT}").rstrip("/"), *parts])
