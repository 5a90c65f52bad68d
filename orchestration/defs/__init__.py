"""All that imports Dagster.

assets/         the graph
automation.py   jobs, the schedule of open cycles, the sensor that looks for changes
resources.py    the home, and dbt in a cycle's build
dbt.py          dagster-dbt, without dbt in the same process
partitioned.py  cycles as partitions
launcher.py     where runs begin that the daemon launches: where all is imported already
run_server.py   that place
runs.py         what is read of runs and said of them: how they ended, why, and what to do
results.py      what of that does without Dagster
turns.py        whose turn it is to publish, where one command refreshes several cycles
alerts.py       who is told of a run that failed
history.py      Dagster's database of runs, made anew where it is damaged
event_log.py    the same, with fewer looks at it
progress.py     how far a run is, for the terminal
"""
