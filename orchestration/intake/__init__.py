"""Intake: submissions in any of their three forms become typed answers, and what can't load is set aside and counted.

received.py   all files of a cycle, read and judged
folder.py     what lies in the folder: each entry is a file to read, or is set aside with a reason
processes.py  files read apart, within limits of time and memory
forms/        read a file as it came: workbook, JSON, platform export; they judge nothing but their own form
headings.py   revision and time of sending
rules.py      judge the cells of one submission against framework and cycle
numbers.py    what is a number
words.py      what is a fixed word
revisions.py  which submission of a Member counts
model.py      cells, submissions, rejections
answers.py    answers as columns
text.py       text of strangers, made fit to be stored
check.py      one file -> what the sender needs to know
"""
