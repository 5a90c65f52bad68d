"""The report: a static site an audience, made from its published file and nothing else.

site.py      all pages of an audience, written where they changed
figures.py   what the file shows, by cycle
view.py      what a page says of it, in a language
pages/       a module a kind of page
scorecard/   a Member's own page, which is no part of the site
page.py      a page before it is written
render.py    a page as HTML
paper.py     a cycle's pages as one PDF
table.py     a table of a page
charts.py    what a chart shows
draw.py      a chart as SVG
kinds.py     the kinds of charts, made with Altair and compiled to kinds/
language.py  words, numbers and dates; catalogues are in languages/, the pages' form in templates/ and static/
"""
