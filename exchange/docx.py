"""Papers for a word processor (Office Open XML), written from few parts: paragraphs and tables on A4.

The bytes depend on the content alone: no instant stands in the file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_TYPES = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/word/document.xml" \
ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>
</Types>"""
_RELS = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" \
Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>
</Relationships>"""
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
)
#: A4 lying down, margins of 2 cm, in twentieths of a point.
_WIDE = (
    '<w:sectPr><w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/>'
    '<w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="567" w:footer="567" w:gutter="0"/>'
    "</w:sectPr></w:body></w:document>"
)
_TEXT_WIDTH = 14570
_SIDES = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A paragraph; ``size`` in points, ``align`` as left, center, right or both."""

    text: str
    size: int = 13
    bold: bool = False
    italic: bool = False
    align: str = "left"
    after: int = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table; the first row is its heading and is repeated on every page. ``widths`` are shares of the page."""

    rows: Sequence[Sequence[str]]
    widths: Sequence[int]
    size: int = 11
    lines: bool = True
    heading: bool = True


Part = Paragraph | Grid


def write_docx(path: Path, parts: Sequence[Part]) -> None:
    """Writes a paper of these parts."""
    body = "".join(_grid(part) if isinstance(part, Grid) else _paragraph(part) for part in parts)
    members = {"[Content_Types].xml": _TYPES, "_rels/.rels": _RELS, "word/document.xml": f"{_HEAD}{body}{_WIDE}"}
    with ZipFile(path, "w") as archive:
        for name, text in members.items():
            info = ZipInfo(name)
            info.compress_type = ZIP_DEFLATED
            archive.writestr(info, text)


def _paragraph(part: Paragraph) -> str:
    spacing = f'<w:spacing w:before="0" w:after="{part.after * 20}"/>'
    runs = "<w:r><w:br/></w:r>".join(_run(line, part) for line in part.text.split("\n"))
    return f'<w:p><w:pPr>{spacing}<w:jc w:val="{part.align}"/></w:pPr>{runs}</w:p>'


def _run(text: str, part: Paragraph) -> str:
    face = '<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:cs="Times New Roman"/>'
    style = ("<w:b/>" if part.bold else "") + ("<w:i/>" if part.italic else "")
    size = f'<w:sz w:val="{part.size * 2}"/>'
    language = '<w:lang w:val="vi-VN"/>'
    return f'<w:r><w:rPr>{face}{style}{size}{language}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def _grid(part: Grid) -> str:
    whole = sum(part.widths)
    widths = [share * _TEXT_WIDTH // whole for share in part.widths]
    borders = f"<w:tblBorders>{_SIDES}</w:tblBorders>" if part.lines else ""
    layout = f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/>{borders}<w:tblLayout w:type="fixed"/>'
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    rows = "".join(_row(row, widths, part, head=part.heading and not number) for number, row in enumerate(part.rows))
    return f"<w:tbl><w:tblPr>{layout}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>"


def _row(row: Sequence[str], widths: Sequence[int], part: Grid, *, head: bool) -> str:
    kept = "<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>" if head else "<w:trPr><w:cantSplit/></w:trPr>"
    align = "center" if head or not part.lines else "left"
    cells = (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>'
        f"{_paragraph(Paragraph(text=text, size=part.size, bold=head, align=align, after=2))}</w:tc>"
        for text, width in zip(row, widths, strict=True)
    )
    return f"<w:tr>{kept}{''.join(cells)}</w:tr>"
