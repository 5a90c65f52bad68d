"""The report: a static site an audience, made from its published file and nothing else.

site.py      all pages of an audience, written where they changed
figures.py   what the file shows, by cycle
view.py      what a page says of it, in a language
pages/       a module a kind of page
page.py      a page before it is written
table.py     a table of a page
charts.py    kinds of charts
draw.py      a chart as SVG
language.py  words, numbers and dates; catalogues are in languages/, the pages' form in templates/ and static/
"""
