"""What was tried, and what it found, in numbers: `certificate.json` beside the publication, for the Secretariat."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from orchestration.disclosure.audiences import PROTECTED
from orchestration.publication.protection import proof
from orchestration.warehouse.code_version import code_version
from orchestration.warehouse.held import connected

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from orchestration.disclosure.audiences import Audience
    from orchestration.publication.audit.audit import Audited
    from orchestration.publication.audit.fingerprints import Seen
    from orchestration.publication.kept import Publication

FILE = "certificate.json"
INTRUDERS = {
    "values": "everybody without an answer of their own, and every other Member that reported the KPI",
    "answers": "everybody without an answer of their own, and every other Member that answered",
}
"""By kind of secret who is supposed to look for it."""
KINDS = tuple(INTRUDERS)
COUNTED = ("secrets", "pairs_tried", "worlds", "worlds_that_agree")
WITHHELD = {
    "means of groups": (
        "select count(mean), count(*) from aggregate.kpi_by_group "
        "inner join policy using (cycle) where n_reported >= least_for_mean"
    ),
    "quartiles": (
        "select count(q1) + count(median) + count(q3), 3 * count(*) from aggregate.kpi_by_group "
        "inner join policy using (cycle) where n_reported >= least_for_shape"
    ),
    "deviation and skewness": (
        "select count(stddev), count(*) from aggregate.kpi_by_group "
        "inner join policy using (cycle) where n_reported >= least_for_shape"
    ),
    "panels": (
        "select count(panel_mean), count(*) from aggregate.kpi_trends "
        "inner join policy using (cycle) where n_panel >= least_for_mean"
    ),
    "counts of answers on instruments": (
        "select count(n_aware) + count(n_in_use), 2 * count(*) from instrument.instrument_use "
        "inner join policy using (cycle) where least(n_answered_awareness, n_answered_usage) >= least_for_mean"
    ),
    "correlations, or their classes": (
        "select count(strength), count(*) from correlation.instrument_kpi where note is null or note not in "
        "('too few pairs', 'no direction')"
    ),
}
"""By kind of figure how to count those that are shown, and those that groups are large enough for."""
POLICY = (
    "create temp table policy as select cycle, max(value) filter (where policy = 'minimum_group_size_mean') as least_for_mean, "
    "max(value) filter (where policy = 'minimum_group_size_quartiles') as least_for_shape from reference.policy group by cycle"
)


def write_certificate(publication: Publication, found: Mapping[str, Audited], seen: Seen) -> Path:
    """Write what the audit of a publication tried and found, and in which files; returns where.

    It has no name of the publication, which has one only when it is published: it lies beside the files that it is of, and says
    which these are by their hashes.
    """
    record, now = publication.record, dt.datetime.now(dt.UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    content = {
        "audited_at": now,
        "audited_with": code_version(),
        "made_with": record.made_with,
        "passed": not any(audited.leaks for audited in found.values()),
        "audiences": {audience.name: _of_audience(publication, audience, found[audience.name], now) for audience in PROTECTED},
        "sha256": {path.name: sha256(path) for path in files_of(publication)},
        "seen": asdict(seen),
    }
    path = publication.folder / FILE
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return path


def _of_audience(publication: Publication, audience: Audience, audited: Audited, now: str) -> dict[str, Any]:
    """What was tried for an audience, over all cycles and by cycle; what was not tried again has the time when it was."""
    kinds: dict[str, dict[str, Any]] = {}
    for kind, by_cycle in audited.tried.items():
        totals = {name: sum(own.get(name, 0) for own in by_cycle.values()) for name in COUNTED}
        cycles = {cycle: {"audited_at": now} | own for cycle, own in sorted(by_cycle.items())}
        kinds[kind] = {"intruders_each": INTRUDERS[kind]} | totals | {"cycles": cycles}
    if kinds:
        widths = [own.get("narrowest_interval_of_value") for own in kinds["values"]["cycles"].values()]
        kinds["values"]["narrowest_interval_of_value"] = min((width for width in widths if width is not None), default=None)
        is_proved = kinds["answers"]["secrets"] and not audited.leaks
        kinds["answers"]["fewest_possible_answers"] = 2 if is_proved else None
    return {
        "leaks": [str(leak) for leak in audited.leaks],
        **kinds,
        **audited.beside,
        "shown_of_possible": shown_of_possible(publication.file(audience.name)) if kinds else {},
    }


def read_certificate(publication: Publication) -> dict[str, Any] | None:
    """The certificate of a publication; None where it has none."""
    path = publication.folder / FILE
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def shown_of_possible(file: Path) -> dict[str, dict[str, int]]:
    """By kind how many figures an audience is shown, and how many it could be by the size of groups alone."""
    found = {}
    with connected(file, read_only=True) as connection:
        connection.execute(POLICY)
        for kind, query in WITHHELD.items():
            n_shown, n_all = connection.execute(query).fetchall()[0]
            found[kind] = {"shown": int(n_shown), "possible": int(n_all)}
    return found


def files_of(publication: Publication) -> list[Path]:
    """The files that an audit looks at."""
    return [*(publication.file(name) for name in ("internal", *(a.name for a in PROTECTED))), publication.folder / proof.FILE]


def sha256(path: Path) -> str:
    """The hash of a file's bytes; empty where it is not there."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
