"""What of the internal file each audience is shown, and the worlds that prove it safe.

tables.py       what is decided, as the tables that `audience_file.py` joins to the marts
read.py         groups, policy and levels, from the internal file
kpis.py         figures and single values of KPIs, panels among them (`disclosure.values`)
instruments.py  rounded counts and classes of correlations where answers are hidden (`disclosure.counts`); which correlations
                are withheld
reported.py     what was reported of KPIs, in any publication's internal file
answered.py     what was answered on instruments, likewise
choose.py       the order of questions: a cycle that is held for one of them is held
earlier.py      what earlier publications tell of the same, which can't be withheld any more
proof.py        the worlds, kept beside the publication: what the audit checks, and what the next refresh need not look for again
touched.py      which cycles are decided anew by a refresh
protect.py      the order in which it is decided, the widest audience first

All of it is a function of the internal file and of what the audience has of the same cycles already. Audiences are nested: what a
narrower one is shown, a wider one is shown with the same figure; only that counts and correlations of answers that the wider
one knows are exact for it.
"""
