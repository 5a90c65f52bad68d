"""One page a cycle with every expectation of both phases and what was found, linked to Great Expectations' Data Docs.

Data Docs' own index shows nothing without scripts from the web; this page needs none.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestration.completeness.suites import Phase, SuiteResult
    from orchestration.inputs.cycles import Cycle

PHASES = {"raw": "What was loaded", "marts": "The marts", "across_cycles": "Between cycles"}
TEMPLATE = Path(__file__).with_name("overview.html.j2")


def suite_page(docs: Path, suite: str) -> Path:
    """The page of one suite's results; the index where there is none.

    Args:
        docs: folder of the cycle's Data Docs for one phase.
        suite: its name.
    """
    return next(iter(sorted((docs / "validations" / suite).rglob("*.html"))), docs / "index.html")


def write_overview(folder: Path, cycle: Cycle, phase: Phase, results: Sequence[SuiteResult]) -> Path:
    """Write the cycle's page anew; a new refresh begins with the raw phase, so its marts are not shown until checked.

    Args:
        folder: of the cycle's pages, one folder a phase in it.
        cycle: that was checked.
        phase: whose results these are.
        results: one for each suite.

    Returns:
        the page.
    """
    found = [
        {
            "question": result.suite.question,
            "page": suite_page(folder / phase, result.suite.name).relative_to(folder).as_posix(),
            "outcomes": [asdict(outcome) for outcome in result.outcomes],
        }
        for result in results
    ]
    kept = folder / "outcomes.json"
    suites: dict[str, Any] = {name: [] for name in PHASES}
    if phase != "raw" and kept.exists():
        suites |= json.loads(kept.read_text(encoding="utf-8"))
    suites[phase] = found
    kept.write_text(json.dumps(suites), encoding="utf-8")
    template = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
        TEMPLATE.read_text(encoding="utf-8")
    )
    page = folder / "index.html"
    page.write_text(
        template.render(cycle=cycle.name, is_synthetic=cycle.file.data_origin == "synthetic", phases=PHASES, suites=suites),
        encoding="utf-8",
    )
    return page
