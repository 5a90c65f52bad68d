"""The kinds of pages.

cycle.py        a cycle: who took part, what was found
kpis.py         all KPIs, by dimension and outcome
kpi.py          a KPI
instruments.py  all instruments, and what was found of them with KPIs
instrument.py   an instrument
groups.py       all groups
group.py        a group of Members
compare.py      groups side by side
goals.py        the SDGs
needs.py        capacity-building needs
about.py        how it was made: thresholds, words, what is withheld
"""
