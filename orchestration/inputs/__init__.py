"""What people keep as files: frameworks, cycles with their rosters, the list of Members, the terms of publication.

home.py     where all of it lies
framework/  dimensions, outcomes, KPIs, instruments, SDGs and policy
cycles.py   the cycles and their rosters
members.py  all WCO Members
terms.py    name and licence of what is published
readers.py  which groups of this machine read it
alerts.py   whom to tell of failures
records.py  CSV and TOML as typed records, with every problem named
"""
