"""Where Dagster keeps the events of runs: its own SQLite log, with connections that stay open, and shorter to read.

Dagster opens the file anew for each of the hundreds of events of a refresh, and waits for the disk each time; that was a
fifth of a refresh. Here the last few files stay open, and SQLite waits for the disk at checkpoints only
(https://sqlite.org/pragma.html#pragma_synchronous: with a write-ahead log a loss of power may lose the last events, and
never harms the file).

Dagster writes three events for each asset and each check: that it is planned, that its step has an output, and what came of
it. Of the 673 events of a refresh 422 are of the first two kinds. Whoever reads a run's log is shown the third; the others
are kept, and given to whoever asks for them by kind, as Dagster does itself.

`dagster.yaml` names this class; with Dagster's own named there instead, all works the same.
"""

from __future__ import annotations

from collections import OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import sqlalchemy as db
from dagster import DagsterEventType
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster._core.storage.event_log.base import EventLogConnection
    from dagster._serdes import ConfigurableClassData

OPEN = 8
"""Files that stay open: the index, and the runs that are being written or looked at."""

NOT_READ = frozenset(
    {
        DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
        DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED,
        DagsterEventType.STEP_OUTPUT,
    }
)
"""Kinds of events that tell a reader of a run's log nothing that another event does not."""


class OpenEventLog(SqliteEventLogStorage):
    """Dagster's SQLite event log with open connections."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, db.Engine] = OrderedDict()
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> OpenEventLog:
        """What Dagster calls with the configuration in `dagster.yaml`."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[db.Connection]:
        with self._db_lock, self._engine(shard).connect() as connection, connection.begin():
            yield connection

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table, for which Dagster opens it anew at each check of a refresh: one that is there stays."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def get_records_for_run(
        self,
        run_id: str,
        cursor: str | None = None,
        of_type: DagsterEventType | set[DagsterEventType] | None = None,
        limit: int | None = None,
        ascending: bool = True,
    ) -> EventLogConnection:
        """A page of a run's log: of the kinds asked for, or of all but `NOT_READ`, so that it may have fewer than `limit`."""
        page = super().get_records_for_run(run_id, cursor, of_type, limit, ascending)
        if of_type:
            return page
        read = [record for record in page.records if record.event_log_entry.dagster_event_type not in NOT_READ]
        return page._replace(records=read)

    def _engine(self, shard: str) -> db.Engine:
        engine = self._engines.get(shard)
        if engine is None:
            engine = db.create_engine(
                self.conn_string_for_shard(shard),
                # the lock above lets one thread at a time use it
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
            )
            db.event.listen(engine, "connect", _wait_less)
            self._engines[shard] = engine
        if shard not in self._initialized_dbs:
            self._initdb(engine)
            self._initialized_dbs.add(shard)
        self._engines.move_to_end(shard)
        while len(self._engines) > OPEN:
            self._engines.popitem(last=False)[1].dispose()
        return engine

    def dispose(self) -> None:
        """Close the files."""
        while self._engines:
            self._engines.popitem()[1].dispose()
        super().dispose()


def _wait_less(connection: Any, _record: object) -> None:
    connection.execute("pragma synchronous = normal")
