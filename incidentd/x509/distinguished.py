"""Distinguished names by our own walk: RFC 4514 text from bytes that the library refuses. Never raises on odd text."""

from itertools import islice

from incidentd.x509.der import OBJECT_ID, DerError, Element, children

COMMON_NAME = "2.5.4.3"
_SHORT_NAMES = {
    COMMON_NAME: "CN",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.6": "C",
    "2.5.4.9": "STREET",
    "0.9.2342.19200300.100.1.25": "DC",
    "0.9.2342.19200300.100.1.1": "UID",
}
"""RFC 4514 section 3."""
_ENCODINGS = {0x0C: "utf-8", 0x12: "ascii", 0x13: "ascii", 0x16: "ascii", 0x1A: "ascii"}
_WIDE_ENCODINGS = {0x1E: "utf-16-be", 0x1C: "utf-32-be"}
_T61_STRING = 0x14


def distinguished_name(name: Element) -> str:
    """RFC 4514 text, last relative name first. Raises DerError when the structure cannot be followed."""
    relative = ["+".join(_pair(attribute) for attribute in children(group)) for group in children(name)]
    return ",".join(reversed(relative))


def common_name(name: Element) -> str | None:
    """The most specific common name, which is the last one (RFC 6125 6.4.4); None when there is none."""
    found = None
    for group in children(name):
        for attribute in children(group):
            oid, value = _attribute(attribute)
            found = text_of(value) if oid == COMMON_NAME else found
    return found


def text_of(value: Element) -> str:
    """The characters of a string value, by the encoding of its type (RFC 5280 4.1.2.4)."""
    if value.tag in _WIDE_ENCODINGS:
        return value.content.decode(_WIDE_ENCODINGS[value.tag], "replace")
    if value.tag == _T61_STRING:
        # T.61 is written by nobody; those who say T61String mean Latin-1 (as OpenSSL reads it).
        return value.content.decode("latin-1")
    return text_from_bytes(value.content, _ENCODINGS.get(value.tag, "ascii"))


def text_from_bytes(content: bytes, encoding: str = "ascii") -> str:
    """The characters of `content`; bytes that the encoding does not allow are shown as escapes (`\\xe9`)."""
    return content.decode(encoding, "backslashreplace")


def dotted(oid: bytes) -> str:
    """The dotted form of an object identifier's content (X.690 8.19). Raises DerError when it has no end."""
    if not oid or oid[-1] & 0x80:
        raise DerError("an object identifier without end")
    if len(oid) > 64:
        raise DerError("an object identifier of more than 64 bytes")
    numbers, number = [], 0
    for octet in oid:
        number = (number << 7) | (octet & 0x7F)
        if not octet & 0x80:
            numbers.append(number)
            number = 0
    root = min(numbers[0] // 40, 2)
    return ".".join(str(arc) for arc in (root, numbers[0] - 40 * root, *numbers[1:]))


def _pair(attribute: Element) -> str:
    oid, value = _attribute(attribute)
    return f"{_SHORT_NAMES.get(oid, oid)}={_escaped(text_of(value))}"


def _attribute(attribute: Element) -> tuple[str, Element]:
    parts = list(islice(children(attribute), 2))
    if len(parts) < 2 or parts[0].tag != OBJECT_ID:
        raise DerError("a name's attribute is not a type and a value")
    return dotted(parts[0].content), parts[1]


def _escaped(text: str) -> str:
    """RFC 4514 2.4: what would end or change the value is escaped."""
    for special in '\\"+,;<>':
        text = text.replace(special, "\\" + special)
    text = text.replace("\0", "\\00")
    if text[:1] in ("#", " "):
        text = "\\" + text
    if text[-1:] == " " and len(text) > 1:
        text = text[:-1] + "\\ "
    return text
