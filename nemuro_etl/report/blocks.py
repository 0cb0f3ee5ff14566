"""What a written report is made of: headings, paragraphs, tables, pictures and boxes, whatever they are set in."""

from dataclasses import dataclass
from decimal import Decimal

from nemuro_etl.model.evaluation import Rating
from nemuro_etl.report.comparison import Run
from nemuro_etl.report.content import Remark


@dataclass(frozen=True, slots=True)
class Heading:
    """Levels 1 to 3; `anchor` is what a link inside the document names."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; a `note` is set smaller."""

    text: str
    note: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """Points without an order."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as it reads, changed runs underlined, with the unrounded number that it shows and the rating that colours it."""

    runs: tuple[Run, ...]
    value: Decimal | None = None
    rating: Rating | None = None

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class Column:
    """`numeric` columns are set flush right; a `code` is set small and never broken."""

    title: str
    numeric: bool = False
    code: bool = False
    rating: Rating | None = None


@dataclass(frozen=True, slots=True)
class TableRow:
    """`code`: the reference of its numbers, "" when it has none. The first cell heads the row."""

    cells: tuple[Cell, ...]
    code: str = ""
    total: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Nothing is merged, and the header is repeated on every page."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with what they are, side by side."""

    pairs: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing with the sentence that stands for it, and what its marks mean as (series, label)."""

    svg: str
    sentence: str
    key: tuple[tuple[str, str], ...]
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Boxes:
    """The boxes of one subject that people write in, with last year's text beside each."""

    subject: str
    """Whose they are, in words."""
    remarks: tuple[Remark, ...]


Block = Heading | Paragraph | Listing | Table | Facts | Picture | Boxes


@dataclass(frozen=True, slots=True)
class Manuscript:
    """A report in the order in which it is read."""

    title: str
    subtitle: tuple[str, ...]
    blocks: tuple[Block, ...]
    footer: str

    @property
    def headings(self) -> tuple[Heading, ...]:
        return tuple(block for block in self.blocks if isinstance(block, Heading))


def cell(text: str, value: Decimal | None = None, rating: Rating | None = None) -> Cell:
    """A cell of one piece."""
    return Cell((Run(text, changed=False),), value, rating)
