"""What all assets share: partitions, owners, and the resource that is the warehouse."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import dagster as dg
from pydantic import PrivateAttr

from orchestration.defs.progress import report
from orchestration.defs.runs import WAITING_TAG, end_dead_run
from orchestration.defs.turns import wait_for_turn
from orchestration.inputs.cycles import Cycle, get_cycle
from orchestration.inputs.home import Home
from orchestration.warehouse.build import Build, build_of, last_built
from orchestration.warehouse.lock import Holder, cycle_lock, locked, publishing_lock
from orchestration.warehouse.private import close_folders
from orchestration.warehouse.temporary import own_folder
from orchestration.warm.workers import Called

OWNERS = ["pmm-data@example.org"]
Context = dg.AssetExecutionContext | dg.AssetCheckExecutionContext


class Inputs(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The home, for those that only look at it: schedules and the sensor."""

    home_path: str

    @property
    def home(self) -> Home:
        """The home."""
        return Home(Path(self.home_path))


class Warehouse(Inputs):
    """The home whose warehouse a run writes.

    A run holds its cycle's lock from its first step that asks for the cycle to its end, and the lock of publishing from its
    first step that asks for that.
    """

    _locks: ExitStack = PrivateAttr(default_factory=ExitStack)
    _held: set[Path] = PrivateAttr(default_factory=set)
    _begun: dict[str, list[Called]] = PrivateAttr(default_factory=dict)

    def keep(self, what: str, begun: list[Called]) -> None:
        """Keep what a step has begun for a later step of the run; it is ended with the run, where nobody takes it."""
        self._begun[what] = begun

    def taken(self, what: str) -> list[Called] | None:
        """What an earlier step of the run has begun; None where there was none."""
        return self._begun.pop(what, None)

    def cycle(self, context: Context) -> Cycle:
        """The cycle that the run is for; a check that is run by itself, which has no partition, looks at the last one built."""
        run = context.op_execution_context
        if not run.has_partition_key:
            return get_cycle(self.home, last_built(self.home) or "")
        cycle = get_cycle(self.home, context.partition_key)
        self._hold(cycle_lock(self.home, cycle.name), context, f"Another refresh of {cycle.name} is running")
        return cycle

    def build(self, context: Context) -> Build:
        """Where the run's cycle is built."""
        return build_of(self.home, self.cycle(context).name)

    def publishing(self, context: Context) -> Cycle:
        """The cycle that the run is for, whose turn it is to publish."""
        cycle = self.cycle(context)
        if publishing_lock(self.home) not in self._held:
            wait_for_turn()
        self._hold(publishing_lock(self.home), context, "Another refresh is publishing")
        return cycle

    def _hold(self, folder: Path, context: Context, what: str) -> None:
        if folder in self._held:
            return
        run = context.op_execution_context
        has_waited = []

        def waiting(holder: Holder) -> None:
            whom = f" (run {holder.run_id[:8]}, since {holder.since:%Y-%m-%d %H:%M} UTC)" if holder.run_id else ""
            sentence = f"{what}{whom}; this one goes on when that has ended."
            context.log.info(sentence)
            run.instance.add_run_tags(run.run_id, {WAITING_TAG: "yes"})
            has_waited.append(True)
            report(sentence, 0, 0)

        dead = self._locks.enter_context(locked(folder, run.run_id, waiting))
        self._held.add(folder)
        if has_waited:
            run.instance.add_run_tags(run.run_id, {WAITING_TAG: "no"})
        if dead is not None:
            end_dead_run(run.instance, dead)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Warehouse"]:  # noqa: ARG002
        """End what was begun, and release the locks, when the run has ended."""
        own_folder()
        close_folders(self.home)
        with self._locks:
            # however the run ends: what a later one takes for held must be held
            self._locks.callback(self._held.clear)
            try:
                yield self
            finally:
                while self._begun:
                    for called in self._begun.popitem()[1]:
                        called.end()


def table_metadata(n_rows: int, table: str) -> dict[str, dg.MetadataValue]:
    """Metadata of an asset that is a table."""
    return {
        "dagster/partition_row_count": dg.MetadataValue.int(n_rows),
        "dagster/table_name": dg.MetadataValue.text(table),
    }
