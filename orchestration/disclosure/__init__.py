"""Who sees what (docs/design.md section 6; docs/disclosure.md): levels, and which figures can be shown beside secrets.

audiences.py     the audiences, and the levels of disclosure that reach each
changes.py       worlds by what they change
values.py        which figures of a KPI can be shown, and whose values, and the worlds that prove it
solver.py        the linear programs of that
counts.py        which rounded counts of hidden answers can be shown, and the worlds that prove it
"""
