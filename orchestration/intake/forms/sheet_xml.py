"""The XML of a workbook's sheets and texts, read by the parser in C where that is as safe.

openpyxl reads it with defusedxml, which refuses entities: they can make gigabytes of a few lines. Its parser is in Python, and a
tenth of all the time that a workbook takes. Entities are declared in a document type, which no spreadsheet program writes; what
has none is read without (https://docs.python.org/3/library/xml.html#xml-security).
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from functools import cache
from typing import IO, TYPE_CHECKING, Any
from xml.etree import ElementTree

if TYPE_CHECKING:
    from collections.abc import Iterator

PLAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}t"
MARK = b"\xef\xbb\xbf"
DECLARATION = re.compile(
    rb"""<\?xml\s+version=["']1\.0["'](\s+encoding=["'](utf-8|us-ascii)["'])?(\s+standalone=["'](yes|no)["'])?\s*\?>""",
    re.IGNORECASE,
)


def is_plain(xml: bytes) -> bool:
    """Whether bytes are XML in which a document type would be seen as such, and that has none."""
    start = len(MARK) if xml.startswith(MARK) else 0
    # in another encoding the same signs are other bytes
    is_utf8 = b"\0" not in xml and (not xml.startswith(b"<?xml", start) or DECLARATION.match(xml, start) is not None)
    return is_utf8 and b"<!" not in xml


def iterparse(source: IO[bytes]) -> Iterator[tuple[str, Any]]:
    """The elements of a file, each when it ends, as `xml.etree.ElementTree.iterparse` gives them.

    Raises:
        ParseError: it is no XML.
        ValueError: it declares entities.
    """
    xml = source.read()
    if is_plain(xml):
        return ElementTree.iterparse(io.BytesIO(xml))
    from defusedxml.ElementTree import iterparse as defused

    found: Iterator[tuple[str, Any]] = defused(io.BytesIO(xml))
    return found


@dataclass(frozen=True)
class PlainText:
    """A text of the workbook without formats: all that the library's own object is asked for.

    Attributes:
        content: the text.
    """

    content: str

    @classmethod
    def from_tree(cls, node: Any) -> Any:
        """The text of an element, which is the library's own object where it has formats."""
        if [child.tag for child in node] == [PLAIN]:
            return cls(node[0].text or "")
        from openpyxl.cell.text import Text

        return Text.from_tree(node)


@cache
def use_it() -> None:
    """Have openpyxl read sheets and texts by what is here, in this process; a later one may go on as it does."""
    from openpyxl.reader import strings
    from openpyxl.worksheet import _reader

    here: dict[str, Any] = {"iterparse": iterparse, "Text": PlainText}
    for module, names in ((strings, ("iterparse", "Text")), (_reader, ("iterparse",))):
        vars(module).update({name: here[name] for name in names})
