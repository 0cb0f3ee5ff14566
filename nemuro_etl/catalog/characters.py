"""Which characters a name may have that goes into a mail's subject or sender."""

from nemuro_etl.catalog.section import Section

_GATEWAY_CHARSETS = ("iso2022_jp", "cp932")


def check_characters(section: Section, key: str, text: str) -> None:
    """Note a fault at `key` unless both charsets to which mail gateways convert can carry `text`: no ①, ㈱, ～, 〜."""
    for character in text:
        for charset in _GATEWAY_CHARSETS:
            try:
                character.encode(charset)
            except UnicodeEncodeError:
                section.refuse(
                    key,
                    f"{character!r} is not a JIS character that every mail gateway carries",
                    "write it in other words: 1 for ①, (株) for ㈱, から for ～",
                )
                return
