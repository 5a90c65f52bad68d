"""Scorecards: a page and a PDF for one Member alone, its own figures beside what it may see of all others.

own.py     what a Member has sent: from the warehouse, or from its own workbook before it is sent
place.py   where a value stands among those of others
card.py    what the page says
write.py   the page as HTML and PDF
"""
