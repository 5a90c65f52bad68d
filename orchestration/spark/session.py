"""A Spark session, through Spark Connect."""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

REMOTE = "SPARK_REMOTE"
"""The variable of Spark Connect that names a server: `sc://host:port`; `local[2]` for Apache Spark on this machine, with Java."""


@contextmanager
def spark_session() -> Iterator[SparkSession]:
    """A session on the server that SPARK_REMOTE names; without it on Sail, a server of the same protocol, in this process.

    dbt's own session is the same one, since Spark has one active session in a process.
    """
    from pyspark.sql import SparkSession

    # Spark's own processes that run Python are to have this environment
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    # Sail says when it begins and ends a session
    os.environ.setdefault("RUST_LOG", "error")
    # dbt asks for Hive with every statement, which is for the server to have
    warnings.filterwarnings("ignore", message="Failed to set spark.sql.catalogImplementation")
    if os.environ.get(REMOTE):
        session = SparkSession.builder.remote(os.environ[REMOTE]).getOrCreate()
        try:
            yield session
        finally:
            session.stop()
        return
    from pysail.spark import SparkConnectServer

    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    try:
        ip, port = server.listening_address
        os.environ[REMOTE] = f"sc://{ip}:{port}"
        yield SparkSession.builder.remote(os.environ[REMOTE]).getOrCreate()
    finally:
        os.environ.pop(REMOTE, None)
        server.stop()
