"""What is public in a value of a Secret: certificates, and nothing else. Keys and passwords are wiped, not kept."""

import binascii
import re

from incidentd.sources.kubernetes.wiping import wipe
from incidentd.x509.der import DerError, read_element
from incidentd.x509.shapes import Shape, is_java_keystore, shape_of

KEYSTORE = b"-----KEYSTORE-----"
"""Stands for a keystore: it is not read, and what it holds is not kept."""

# Other labels are keys or requests (RFC 7468). A block without an END stays, so that it is seen to be cut short.
_BLOCK = re.compile(
    rb"-----BEGIN (CERTIFICATE|X509 CERTIFICATE|TRUSTED CERTIFICATE|PKCS7|PKCS #7 SIGNED DATA|CMS)-----"
    rb"[A-Za-z0-9+/=\s]*(?:-----END \1-----)?"
)
_KUBECONFIG_FIELD = re.compile(
    rb"(?:client-certificate|certificate-authority)-data[\"']?\s*:\s*[\"']?([A-Za-z0-9+/=]+)"
)
"""YAML or JSON; its keys and tokens stand in fields of other names."""


def public_text(encoded: memoryview) -> bytes:
    """Base64 of what is public in a value that is base64 itself, at most as long; empty where nothing is."""
    try:
        value = binascii.a2b_base64(encoded)
    except binascii.Error:
        return b""
    public = public_part(value)
    if public is value:
        return bytes(encoded)
    wipe(value)
    text = binascii.b2a_base64(public, newline=False)
    return text if len(text) <= len(encoded) else b""


def public_part(value: bytes) -> bytes:
    """PEM blocks, whole DER, and those in a kubeconfig's fields; the value itself where it is public as it stands."""
    if is_java_keystore(value):
        return KEYSTORE[: len(value)]
    if value[:1] == b"\x30":
        return _public_der(value)
    return _blocks(value) or b"\n".join(filter(None, map(_field, _KUBECONFIG_FIELD.findall(value))))


def _public_der(value: bytes) -> bytes:
    """Certificates in DER come back as they are; anything else in DER may be a key."""
    try:
        shape = shape_of(read_element(value))
    except DerError:
        return b""
    if shape is Shape.KEYSTORE:
        return KEYSTORE[: len(value)]
    return value if shape in (Shape.CERTIFICATE, Shape.PKCS7) else b""


def _blocks(value: bytes) -> bytes:
    return b"\n".join(found.group() for found in _BLOCK.finditer(value))


def _field(text: bytes) -> bytes:
    try:
        value = binascii.a2b_base64(text)
    except binascii.Error:
        return b""
    public = _blocks(value)
    wipe(value)
    return public
