"""Reading inputs that people keep (CSV and TOML) into typed records, with every problem named by file, row and column."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable


class Record(BaseModel):
    """A row or table of an input file; unknown columns and keys are refused, so that a slip never passes as a choice."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


RecordT = TypeVar("RecordT", bound=Record)


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input file.

    Attributes:
        file: the file's name.
        row: line of the file, the header being line 1; None where the problem is of the whole file.
        column: the column or key.
        reason: a sentence that says what is wrong and what would be right.
    """

    file: str
    row: int | None
    column: str | None
    reason: str

    def __str__(self) -> str:
        place = self.file
        if self.row is not None:
            place += f", row {self.row}"
        if self.column:
            place += f", {self.column}"
        return f"{place}: {self.reason}"


class InputError(Exception):
    """An input file that can't be used; carries every problem found, not just the first."""

    def __init__(self, what: str, problems: Iterable[Problem]) -> None:
        self.what = what
        self.problems = list(problems)
        super().__init__("\n".join([what, *(f"  - {p}" for p in self.problems)]))


def read_csv(path: Path, record: type[RecordT], problems: list[Problem], extra: str | None = None) -> dict[int, RecordT]:
    """Read a UTF-8 CSV file into records; problems are added to the list, and their rows left out.

    Args:
        path: the file.
        record: the type of its rows; the fields' names are the columns.
        problems: what is found wrong is appended here.
        extra: the name of a field, a dict, that takes all columns that are not fields; without it they are problems.

    Returns:
        records by line of the file (the header being line 1).
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        problems.append(Problem(path.name, None, None, f"the file is missing; it belongs in {path.parent.name}/"))
        return {}
    except UnicodeDecodeError as error:
        problems.append(Problem(path.name, None, None, f"not UTF-8 at byte {error.start}; save it as CSV UTF-8"))
        return {}
    reader = csv.DictReader(text.splitlines(keepends=True), restkey="", strict=True)
    columns = list(reader.fieldnames or [])
    fields = set(record.model_fields)
    required = [n for n, f in record.model_fields.items() if f.is_required() and n != extra]
    missing = [name for name in required if name not in columns]
    unknown = [name for name in columns if name not in fields] if extra is None else []
    for name in missing:
        problems.append(Problem(path.name, 1, name, "this column is missing"))
    for name in unknown:
        problems.append(Problem(path.name, 1, name, f"unknown column; the columns are {', '.join(sorted(fields))}"))
    if missing or unknown:
        return {}
    records: dict[int, RecordT] = {}
    for row in reader:
        line = reader.line_num
        if "" in row or None in row.values():
            problems.append(Problem(path.name, line, None, f"the row does not have {len(columns)} columns"))
            continue
        values: dict[str, Any] = {k: v.strip() for k, v in row.items() if v.strip() and (k in fields)}
        if extra is not None:
            values[extra] = {k: v.strip() for k, v in row.items() if k not in fields}
        try:
            records[line] = record.model_validate(values)
        except ValidationError as error:
            problems.extend(_problems(path.name, line, error))
    return records


def read_toml(path: Path, record: type[RecordT], problems: list[Problem]) -> RecordT | None:
    """Read a TOML file into one record; problems are added to the list, and None is returned then."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        return record.model_validate(data)
    except FileNotFoundError:
        problems.append(Problem(path.name, None, None, f"the file is missing; it belongs in {path.parent.name}/"))
    except UnicodeDecodeError as error:
        problems.append(Problem(path.name, None, None, f"not UTF-8 at byte {error.start}"))
    except tomllib.TOMLDecodeError as error:
        problems.append(Problem(path.name, None, None, f"not valid TOML: {error}"))
    except ValidationError as error:
        problems.extend(_problems(path.name, None, error))
    return None


def read_optional_toml(path: Path, record: type[RecordT], what: str) -> RecordT:
    """Read a file that may be missing; what it says then are the record's defaults.

    Args:
        path: of the file.
        record: what it holds.
        what: that can't be used where the file is wrong, as a message begins.

    Raises:
        InputError: the file is wrong.
    """
    if not path.exists():
        return record()
    problems: list[Problem] = []
    found = read_toml(path, record, problems)
    if found is None:
        raise InputError(what, problems)
    return found


def unique(file: str, records: dict[int, RecordT], key: tuple[str, ...], problems: list[Problem]) -> dict[Any, RecordT]:
    """Records by their key (a single column's value, or a tuple); a second row of one key is a problem."""
    found: dict[Any, RecordT] = {}
    first: dict[Any, int] = {}
    for line, record in records.items():
        values = tuple(getattr(record, name) for name in key)
        value = values[0] if len(values) == 1 else values
        if value in found:
            shown = ", ".join(str(v) for v in values)
            problems.append(Problem(file, line, key[0], f"{shown} stands already in row {first[value]}"))
        else:
            found[value], first[value] = record, line
    return found


def _problems(file: str, line: int | None, error: ValidationError) -> list[Problem]:
    found = []
    for detail in error.errors():
        place = ".".join(str(part) for part in detail["loc"]) or None
        given = detail["input"]
        if detail["type"] == "missing":
            reason = "a value is missing"
        elif detail["type"] == "extra_forbidden":
            reason = "unknown key"
        else:
            reason = detail["msg"][0].lower() + detail["msg"][1:]
            if not isinstance(given, dict | list):
                reason = f"{given!r}: {reason}"
        found.append(Problem(file, line, place, reason))
    return found
