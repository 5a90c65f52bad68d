"""A cycle's framework and roster -> rows of the raw tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from orchestration.disclosure.audiences import AUDIENCES
from orchestration.inputs.framework.model import DISCLOSURES
from orchestration.warehouse.raw_schema import FRAMEWORK_TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orchestration.inputs.cycles import Cycle
    from orchestration.inputs.records import Record


def framework_tables(cycle: Cycle) -> dict[str, pa.Table]:
    """The rows of every table of `FRAMEWORK_TABLES` for one cycle.

    Raises:
        InputError: the cycle's files can't be used.
    """
    file, framework, roster = cycle.file, cycle.framework, cycle.roster
    rows: dict[str, list[dict[str, Any]]] = {
        "cycles": [
            {
                "framework": framework.code,
                "framework_name": framework.name,
                "framework_source": framework.source,
                **file.model_dump(exclude={"framework", "sufficiency", "completeness"}),
                **file.sufficiency.model_dump(),
                **file.completeness.model_dump(),
            }
        ],
        "groupings": [
            {"grouping": g.grouping, "position": n, "grouping_label": g.name}
            for n, g in enumerate(framework.groupings.values(), start=1)
        ],
        "roster": [{"member": row.member, "name": row.name} for row in roster.values()],
        "roster_groups": [
            {
                "member": row.member,
                "grouping": name,
                "group_name": group or None,
                "group_position": framework.groupings[name].position(group),
            }
            for row in roster.values()
            for name, group in row.groups.items()
        ],
        "policy": [{"policy": name, **policy.model_dump()} for name, policy in framework.policy.items()],
        "disclosure_levels": [{"position": n, "disclosure": level} for n, level in enumerate(DISCLOSURES, start=1)],
        "audience_levels": [
            {"audience": audience.name, "disclosure": level} for audience in AUDIENCES.values() for level in audience.levels
        ],
        "dimensions": _numbered(framework.dimensions.values()),
        "outcomes": _numbered(framework.outcomes.values()),
        "kpis": _numbered(framework.kpis.values()),
        "instruments": _numbered(framework.instruments.values()),
        "instrument_outcomes": [row.model_dump() for row in framework.instrument_outcomes],
        "sdgs": [row.model_dump() for row in framework.sdgs.values()],
        "outcome_sdgs": [row.model_dump() for row in framework.outcome_sdgs],
        "texts": [{"language": language, **row.model_dump()} for language, own in framework.texts.items() for row in own],
    }
    for row, kpi in zip(rows["kpis"], framework.kpis.values(), strict=True):
        row["scale"] = framework.scale(kpi)
        row["decimals"] = framework.units[kpi.unit].decimals
        row["symbol"] = framework.units[kpi.unit].symbol or None
    return {
        name: pa.Table.from_pylist([{"cycle": cycle.name, **row} for row in rows[name]], schema=table.schema)
        for name, table in FRAMEWORK_TABLES.items()
    }


def _numbered(records: Iterable[Record]) -> list[dict[str, Any]]:
    return [{"position": n, **record.model_dump()} for n, record in enumerate(records, start=1)]
