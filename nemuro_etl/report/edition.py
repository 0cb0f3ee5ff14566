"""For whom the yearly report is written."""

from collections.abc import Mapping
from enum import StrEnum


class ReportEdition(StrEnum):
    """For whom a report is: what one edition shows, another may not."""

    INTERNAL = "internal"
    COUNCIL = "council"
    PUBLIC = "public"


EDITION_LABELS: Mapping[ReportEdition, str] = {
    ReportEdition.INTERNAL: "内部評価案",
    ReportEdition.COUNCIL: "有識者会議資料",
    ReportEdition.PUBLIC: "公表版",
}
