"""The audit of a publication: looks at every figure in the finished files, and at the proof that they are safe.

audit.py         the order, and what it finds: leaks
fingerprints.py  what there is to see of each cycle, in few characters, for later audits
changed.py       which cycles are looked at anew
rows.py          what may be there at all: tables, columns, levels, sizes, digits, nesting
values.py        whether the proof holds for values of KPIs
answers.py       whether it holds for answers on instruments, classes of correlations among them
batches.py       some worlds after the other, as memory allows
earlier.py       whether it holds beside what the audience has of earlier publications
held.py          whether cycles that are held show what they showed, and nothing else
sql/             the figures of each world, anew, and what in a file does not agree with them or with itself
leak.py          what is found
certificate.py   what was tried, in numbers, beside the publication

It takes nothing from the decisions that made the files. What is shown is read from the files, what is to be protected from the
internal one. Whether a secret is safe it does not search for: it *checks the proof*, whoever found it and however. For each
world (`protection.proof`) it computes all figures anew, with DuckDB's and scipy's own statistics, and compares them with the
files, digit by digit. A world that does not agree with everything that is shown proves nothing. Then it asks for each secret and
each intruder, outsiders and every other Member, whether worlds are left in which the secret is low enough, and high enough,
while the intruder's own answer is the true one. So a defect in what made the files, or in what found the worlds, is found here.
"""
