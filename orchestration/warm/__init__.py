"""A warm helper process: it imports dbt and Great Expectations while the refresh imports Dagster and reads files.

Both take seconds to import. A refresh starts the helper first; when a step then runs dbt or a suite, the helper forks a
child that has everything imported already. Without the helper (in `dagster dev`, in tests) the same work is done in the
ordinary way: results are the same, only later.

server.py   the helper
client.py   start it, and have it call a function
dbt.py      `pmm-dbt`, which dagster-dbt runs in place of `dbt`
"""
