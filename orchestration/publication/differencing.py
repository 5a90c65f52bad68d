"""What an audience learns of single Members that has kept the file of an earlier publication."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from orchestration.disclosure.differencing import Shown, members_known_by_both
from orchestration.publication.audit.leak import Leak
from orchestration.warehouse.held import attached, connected

if TYPE_CHECKING:
    from pathlib import Path

Question = tuple[str, str, str, str]
"""Table, cycle, KPI or instrument, field."""
ANSWERS = """
select 'aggregate.kpi_by_group', own.cycle, own.kpi, 'value', own.member, own.value::varchar, shown.member is not null
from internal.kpi.member_kpi_values as own
left join shown.kpi.member_kpi_values as shown using (cycle, kpi, member)
where own.status = 'reported' and list_contains($cycles, own.cycle)
union all
select 'instrument.instrument_use', own.cycle, own.instrument, own.field, own.member, own.word, shown.member is not null
from (unpivot internal.instrument.member_instrument_answers on aware, usage into name field value word) as own
left join shown.instrument.member_instrument_answers as shown using (cycle, instrument, member)
where list_contains($cycles, own.cycle)
"""
TOTALS = """
with totals as (
    select 'aggregate.kpi_by_group' as of_table, cycle, kpi as subject, 'value' as field, grouping, group_name
    from shown.aggregate.kpi_by_group where mean is not null
    union all
    select 'instrument.instrument_use', cycle, instrument, 'aware', grouping, group_name
    from shown.instrument.instrument_use where awareness_rate is not null
    union all
    select 'instrument.instrument_use', cycle, instrument, 'usage', grouping, group_name
    from shown.instrument.instrument_use where in_use_rate is not null
)
select of_table, cycle, subject, field, list(member)
from totals inner join internal.reference.member_groups using (cycle, grouping, group_name)
where list_contains($cycles, cycle)
group by all
"""
IDENTITY = """
select cycle, code_version, framework_sha256, cycle_sha256, submissions_sha256 from reference.publication
"""


def follows_from_both(last_internal: Path, last: Path, internal: Path, file: Path) -> list[Leak]:
    """Answers of single Members that follow from an audience's last file and its next one together.

    Totals of one cycle are looked at: means of KPIs, counts of instruments. Trends and panels are not.

    Args:
        last_internal: the file with everything, as last published.
        last: the audience's file, as last published.
        internal: the file with everything, to be published.
        file: the audience's file, to be published.
    """
    then, now = _identities(last_internal), _identities(internal)
    cycles = [cycle for cycle in then.keys() & now.keys() if then[cycle] != now[cycle]]
    if not cycles:
        return []
    before, after = _shown(last_internal, last, cycles), _shown(internal, file, cycles)
    return [
        Leak(table, f"{cycle}, {subject}{'' if field == 'value' else f' ({field})'}", f"the answer of {member}")
        for (table, cycle, subject, field) in sorted(before.keys() & after.keys())
        for member in members_known_by_both(before[table, cycle, subject, field], after[table, cycle, subject, field])
    ]


def _identities(internal: Path) -> dict[str, tuple[str, ...]]:
    """By cycle the hashes of what it was made of: where they are the same, so is all that it shows."""
    with connected(internal, read_only=True) as connection:
        return {cycle: tuple(hashes) for cycle, *hashes in connection.execute(IDENTITY).fetchall()}


def _shown(internal: Path, file: Path, cycles: list[str]) -> dict[Question, Shown]:
    answers: dict[Question, dict[str, object]] = defaultdict(dict)
    known: dict[Question, set[str]] = defaultdict(set)
    groups: dict[Question, set[frozenset[str]]] = defaultdict(set)
    with attached(internal=internal, shown=file) as connection:
        for *question, member, answer, is_known in connection.execute(ANSWERS, {"cycles": cycles}).fetchall():
            answers[tuple(question)][member] = answer
            if is_known:
                known[tuple(question)].add(member)
        for *question, members in connection.execute(TOTALS, {"cycles": cycles}).fetchall():
            groups[tuple(question)].add(frozenset(members))
    return {q: Shown(answers[q], frozenset(groups[q]), frozenset(known[q])) for q in answers}
