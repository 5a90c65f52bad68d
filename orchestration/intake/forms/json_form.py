"""The JSON form: one file per Member, described by `submission.schema.json` beside this module.

The schema is what senders validate against. Reading applies it to the heading; single answers that break it are judged
like those of any other form, cell by cell, so that the good answers of the same file still load.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.intake.headings import BAD_REVISION, BAD_TIME, parse_revision, parse_time
from orchestration.intake.model import Cell, Part, Place, ReadFile, Rejection, Submission
from orchestration.intake.text import printable

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

    from orchestration.inputs.cycles import Cycle
    from orchestration.intake.forms.draft import Draft

SCHEMA_FILE = Path(__file__).with_name("submission.schema.json")
LISTS: tuple[tuple[Part, str, str], ...] = (
    ("kpis", "kpi_answers", "kpi"),
    ("instruments", "instrument_answers", "instrument"),
)


MOST_UNKNOWN = 50
"""Unknown keys that are set aside one by one."""


class _Number(str):
    """A JSON number as it was written."""

    __slots__ = ()


class _Object(dict[str, Any]):
    """A JSON object that remembers every pair, also those of a repeated key; halves of characters are written out."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        self.pairs = [(printable(key), _printable(value)) for key, value in pairs]
        super().__init__(self.pairs)


def _printable(value: Any) -> Any:
    if isinstance(value, list):
        return [_printable(item) for item in value]
    return printable(value) if type(value) is str else value


@cache
def schema() -> dict[str, Any]:
    """The published JSON Schema of a submission."""
    found: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return found


@cache
def _validator() -> Validator:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    def is_number(_: Any, value: Any) -> bool:
        return isinstance(value, _Number)

    def is_integer(_: Any, value: Any) -> bool:
        return isinstance(value, _Number) and value.lstrip("+-").isdigit()

    def is_string(_: Any, value: Any) -> bool:
        return isinstance(value, str) and not isinstance(value, _Number)

    checker = Draft202012Validator.TYPE_CHECKER.redefine_many({"number": is_number, "integer": is_integer, "string": is_string})
    heading = schema() | {"properties": dict(schema()["properties"])}
    for _, name, _ in LISTS:
        heading["properties"][name] = {"type": "array"}
    for name in ("revision", "submitted_at"):
        heading["properties"][name] = {k: v for k, v in heading["properties"][name].items() if k == "type"}
    heading["additionalProperties"] = True
    validator: Validator = extend(Draft202012Validator, type_checker=checker)(heading)  # type: ignore[no-untyped-call]
    return validator


def read(data: bytes, shown: str, sha256: str) -> ReadFile:
    """Read a JSON submission; see `orchestration.intake.forms.read_file`."""

    def set_aside(rule: str, message: str) -> ReadFile:
        return ReadFile(shown, sha256, "json", (), (Rejection(Place(shown), None, rule, message),))

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return set_aside("wrong_encoding", f"The file is not UTF-8 (at byte {error.start}); save it as UTF-8.")
    try:
        document = json.loads(text, parse_int=_Number, parse_float=_Number, parse_constant=_Number, object_pairs_hook=_Object)
        if not isinstance(document, _Object):
            return set_aside("not_a_submission", "The file holds no JSON object; see the JSON Schema of a submission.")
        return _read(document, shown, sha256)
    except json.JSONDecodeError as error:
        message = f"The file is not JSON: {error.msg} in line {error.lineno}, column {error.colno}; it may be cut off."
        return set_aside("unreadable_file", message)
    except RecursionError:
        return set_aside("unreadable_file", "The file is nested far deeper than a submission is.")


def _read(document: _Object, shown: str, sha256: str) -> ReadFile:
    cells: list[Cell] = []
    rejections: list[Rejection] = []
    for part, name, key in LISTS:
        answers = document.get(name)
        for number, item in enumerate(answers if isinstance(answers, list) else [], start=1):
            _read_item(part, name, key, number, item, shown, cells, rejections)
    rejections = _few(rejections, shown)
    properties = schema()["properties"]
    extra = []
    for key in document:
        if key not in properties:
            place = Place(shown, None, None, key)
            message = f"The key {key!r} is not part of a submission and was not read."
            extra.append(Rejection(place, None, "extra_column", message))
    rejections += _few(extra, shown)
    faults = [
        Rejection(
            Place(shown, None, None, ".".join(str(p) for p in error.absolute_path) or None),
            None,
            "bad_heading",
            f"The heading does not follow the JSON Schema: {_short(error.message)}.",
        )
        for error in sorted(_validator().iter_errors(document), key=str)
    ]
    repeated = [key for key, n in Counter(key for key, _ in document.pairs).items() if n > 1]
    faults += [
        Rejection(Place(shown, None, None, key), None, "bad_heading", f"The key {key!r} stands twice; keep one.")
        for key in sorted(repeated)
    ]
    revision = None if faults else parse_revision(document["revision"])
    if not faults and revision is None:
        place = Place(shown, None, None, "revision")
        faults.append(Rejection(place, str(document["revision"])[:80], "bad_revision", BAD_REVISION))
    if faults:
        first = faults[0]
        faults[0] = Rejection(first.place, first.value, first.rule, first.message, max(1, len(cells)))
        return ReadFile(shown, sha256, "json", (), (*rejections, *faults))
    sent = document.get("submitted_at")
    time = None if sent is None else parse_time(sent)
    if sent is not None and time is None:
        rejections.append(Rejection(Place(shown, None, None, "submitted_at"), str(sent), "bad_time", BAD_TIME))
    submission = Submission(
        file=shown,
        form="json",
        member=document["member"],
        revision=revision or 0,
        submitted_at=time,
        cycle=document["cycle"],
        framework=document.get("framework"),
        covers=("kpis", "instruments"),
        cells=tuple(cells),
        rejections=tuple(rejections),
        places={what: Place(shown, None, None, what) for what in ("cycle", "member", "framework", "revision")},
    )
    return ReadFile(shown, sha256, "json", (submission,))


def _few(rejections: list[Rejection], shown: str) -> list[Rejection]:
    """Rejections, of which those of unknown keys past a number of them are one."""
    unknown = [r for r in rejections if r.rule == "extra_column"]
    rest = unknown[MOST_UNKNOWN:]
    if not rest:
        return rejections
    message = f"{len(rest):,} further keys are not part of a submission, and were not read."
    left = {id(r) for r in rest}
    return [*(r for r in rejections if id(r) not in left), Rejection(Place(shown), None, "extra_column", message, len(rest))]


def _short(message: str) -> str:
    """A message that repeats what was sent, which may be long."""
    return message if len(message) <= 300 else f"{message[:200]} ... {message[-80:]}"


def _read_item(
    part: Part,
    name: str,
    key: str,
    number: int,
    item: Any,
    shown: str,
    cells: list[Cell],
    rejections: list[Rejection],
) -> None:
    place = Place(shown, name, number)
    if not isinstance(item, _Object):
        message = f"Item {number} of {name} is not an object with a {key!r}; see the JSON Schema of a submission."
        rejections.append(Rejection(place, json.dumps(item, default=str)[:80], "bad_item", message))
        return
    known = schema()["properties"][name]["items"]["properties"]
    code = item.get(key)
    for field, value in item.pairs:
        if field == key or value is None or value == "":
            continue
        at = Place(shown, name, number, field)
        text = value if isinstance(value, str) else json.dumps(value, default=str)
        if field not in known:
            message = f"The key {field!r} is not part of an answer and was not read; the keys are {', '.join(known)}."
            rejections.append(Rejection(at, text[:80], "extra_column", message))
        elif isinstance(value, list | dict | bool):
            message = f"{text[:80]} stands where a single value belongs."
            rejections.append(Rejection(at, text[:80], "bad_item", message))
        else:
            cells.append(Cell(part, str(code) if code is not None else "", field, str(text), at))


def write(path: Path, cycle: Cycle, draft: Draft) -> None:
    """Write a draft as a JSON submission."""
    document = {
        "framework": cycle.framework.code,
        "cycle": cycle.name,
        "member": draft.member,
        "revision": draft.revision,
        "submitted_at": None if draft.submitted_at is None else f"{draft.submitted_at.isoformat()}Z",
        "kpi_answers": [{"kpi": kpi, **answer} for kpi, answer in draft.kpis.items()],
        "instrument_answers": [{"instrument": code, **answer} for code, answer in draft.instruments.items()],
    }
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
