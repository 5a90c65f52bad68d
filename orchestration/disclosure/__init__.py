"""Who sees what (docs/design.md section 6; docs/disclosure.md): levels, suppression, and the audit that proves it.

audiences.py    the audiences, and the levels of disclosure that reach each
suppression.py  which totals can be shown so that nothing withheld follows from them
audit.py        whether anything withheld follows from what a file shows, by another method
"""
