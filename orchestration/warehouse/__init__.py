"""The DuckDB files: raw tables and how they are written, builds, and who may write what when.

load.py              a cycle's files into its build file
raw_schema.py        the raw tables: columns, types, keys
framework_tables.py  framework and roster as their rows
answer_tables.py     submissions, answers and what was set aside as their rows
raw_writer.py        writes them
build.py             the file that one cycle is built in
dbt.py               the dbt project, which builds in it
marts.py             what the marts' YAML declares: keys, units, who sees what
column_lineage.py    from which columns each column of a model is made
archive.py           every file received, kept by its hash
fingerprint.py       whether a cycle's inputs have changed since
code_version.py      which code made a figure
lock.py              one refresh of a cycle at a time, one publication at a time
held.py              files that others may have open
private.py           folders that their owner alone enters
storage.py           what to say where the disk is full or read-only
temporary.py         one folder a process for what is temporary
sql.py               text in SQL
"""
