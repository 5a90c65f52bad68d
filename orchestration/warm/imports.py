"""What a refresh imports that takes seconds, beside Dagster and dbt."""

from __future__ import annotations

from importlib import import_module

from orchestration.warm.garbage import kept_for_good

MODULES = (
    "frictionless",
    "orchestration.completeness.run",
    "orchestration.intake.forms.workbook",
    "orchestration.intake.processes",
    "orchestration.publication.audit",
    "orchestration.publication.make",
    "orchestration.report.render",
    "orchestration.report.site",
    "scipy.special",
)


def import_all() -> None:
    """Import it, and read the templates of the report.

    To be called in the main thread: after pyarrow was imported in one that has ended, threads of later forks crash at times.
    """
    with kept_for_good():
        for name in MODULES:
            import_module(name)
        import_module("orchestration.report.render").prepare()
