"""The heading of a submission, the same in all forms: revision and time of sending."""

from __future__ import annotations

import datetime as dt


def parse_revision(value: object) -> int | None:
    """A revision: a whole number from 1 on; None where it is not one."""
    if isinstance(value, bool):
        return None
    try:
        number = float(str(value).strip())
    except ValueError:
        return None
    return int(number) if number.is_integer() and 1 <= number <= 10_000 else None


def parse_time(value: object) -> dt.datetime | None:
    """A date or time as UTC without an offset, from ISO 8601 text or a workbook's date; None where it is neither."""
    if isinstance(value, dt.datetime):
        time = value
    elif isinstance(value, dt.date):
        time = dt.datetime(value.year, value.month, value.day)
    else:
        try:
            time = dt.datetime.fromisoformat(str(value).strip())
        except ValueError:
            return None
    try:
        return time if time.tzinfo is None else time.astimezone(dt.UTC).replace(tzinfo=None)
    except OverflowError:  # a time at the end of the calendar, which another time zone puts past it
        return None


BAD_REVISION = "The revision is a whole number: 1 for the first submission, 2 for the one that replaces it, and so on."
BAD_TIME = "The time of submission is a date, as 2024-03-31, or a time in ISO 8601, as 2024-03-31T10:30:00Z."
