"""Intake: submissions in any of their three forms become typed answers, and what can't load is set aside and counted.

forms/       read a file as it came: workbook, JSON, platform export; they judge nothing but their own form
numbers.py   what is a number
rules.py     judge the cells of one submission against framework and cycle
revisions.py which submission of a Member counts
cycle.py     all files of a cycle -> tables
check.py     one file -> what the sender needs to know
"""
