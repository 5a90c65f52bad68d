"""The XML of workbooks: the quick parser gives what openpyxl's own does, and no entity gets to it, however it is written."""

from __future__ import annotations

import io
from typing import Any
from xml.etree import ElementTree

import pytest
from defusedxml.common import EntitiesForbidden
from openpyxl.cell.text import Text

from orchestration.intake.forms.sheet_xml import PlainText, is_plain, iterparse

SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
ENTITY = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><x>&a;</x>'


@pytest.mark.parametrize(
    "inner",
    [
        "<t>plain</t>",
        "<t/>",
        "<t></t>",
        '<t xml:space="preserve"> with spaces </t>',
        "<t>5 &lt; 6 &amp; _x000D_ _x005F_x000D_</t>",
        "<r><t>in </t></r><r><rPr><b/></rPr><t>parts</t></r>",
        "<t>kana</t><rPh sb='0' eb='1'><t>reading</t></rPh>",
        "<r><t/></r>",
        "",
    ],
)
def test_a_text_is_what_openpyxl_makes_of_it(inner: str) -> None:
    node: Any = ElementTree.fromstring(f'<si xmlns="{SPACE}">{inner}</si>')
    by_openpyxl: Any = Text.from_tree(node)
    assert PlainText.from_tree(node).content == by_openpyxl.content


@pytest.mark.parametrize(
    "head", ["", "\ufeff", '<?xml version="1.0"?>', "<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\r\n"]
)
def test_ordinary_xml_is_plain_and_gives_the_same_elements(head: str) -> None:
    xml = f"{head}<a>x<b c='1'>é</b>&amp;<b/></a>".encode()
    assert is_plain(xml)
    found = [(event, e.tag, e.text, e.tail, e.attrib) for event, e in iterparse(io.BytesIO(xml))]
    assert found == [(event, e.tag, e.text, e.tail, e.attrib) for event, e in ElementTree.iterparse(io.BytesIO(xml))]


@pytest.mark.parametrize(
    "xml",
    [
        ENTITY.encode(),
        ENTITY.encode("utf-8-sig"),
        ENTITY.encode("utf-16"),
        ('<?xml version="1.0" encoding="utf-16"?>' + ENTITY).encode("utf-16"),
        b'<?xml version="1.0" encoding="cp037"?>' + ENTITY.encode("cp037"),
        b'<?xml version="1.0" encoding="latin-1"?>' + ENTITY.encode("latin-1"),
        b"\xef\xbb\xbf<?xml version='1.0'\tencoding = 'cp500' ?>" + ENTITY.encode("cp500"),
    ],
)
def test_entities_are_refused_in_every_encoding(xml: bytes) -> None:
    assert not is_plain(xml)
    with pytest.raises((EntitiesForbidden, ElementTree.ParseError)):
        list(iterparse(io.BytesIO(xml)))
