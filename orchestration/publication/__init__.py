"""Publication: from the cycles' builds to the files that each audience opens.

make.py            the order of it: join the cycles, cut the audiences' files, audit them, publish
join.py            one file with the marts of all cycles: the refreshed one's from its build, the others as last published
protection/        what of it an audience is shown
holding.py         cycles of which an audience keeps the figures that it has
narrowed.py        files as if they had some cycles only: what a refresh touches
audience_file.py   an audience's file, made from the one with everything; audience_tables/ holds its SQL
views.py           views that a BI tool charts at once, from views/
audit/             whether anything withheld follows from an audience's file
package.py         the same marts as Parquet, CSV and SDMX-CSV, with a Frictionless data package
descriptor.py      what the package says of each file
sdmx.py            the statistical tables as SDMX-CSV, with their structure message
validation.py      whether a package is what its data package says
kept.py            the publications that are kept; all files of one become current by one rename
digests.py         what of each cycle a publication shows each audience, as hashes
rights.py          who on this machine may read which file
reasons.py         why somebody refreshes a closed cycle, or accepts a loss
compare.py         what changed between two of them, and what caused it
unchanged.py       what a publication has in common with the one before it, and is not written twice
withheld.py        how much an audience's file withholds
"""
