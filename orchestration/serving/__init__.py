"""The pages on this machine over HTTP, since a browser follows no link from Dagster's pages to a file.

address.py  where they are
app.py      what is served, and to whom
"""
