"""All that is there for speed: dbt, Great Expectations and scipy take seconds to import, and one refresh needs all of them.

dbt_server.py    a process that has dbt imported and the project parsed, and runs each dbt command in a fork of itself
dbt.py           `pmm-dbt`, which dagster-dbt runs in place of `dbt`: with a server it hands the command over
workers.py       calls of functions whose imports are heavy, in the standard library's fork server
fork_server.py   what that fork server does first
imports.py       what it imports
side_by_side.py  calls that do not need one another, in several processes
without.py       imports of what can do without a package that takes long
processes.py     no process outlives the one that it works for
garbage.py       when Python looks for cyclic garbage

All works without, and comes to the same, only later.
"""
