"""A Java trust store, written as the JDK reads it, without a JDK: the distroless project does so too.

data = trust_store(bundle.read_bytes())    # for /etc/ssl/certs/java/cacerts, password "changeit"
"""

from __future__ import annotations

import hashlib
import ssl
import struct
from typing import Final

_MAGIC, _VERSION, _TRUSTED = 0xFEEDFEED, 2, 2
_BEGIN: Final = "-----BEGIN CERTIFICATE-----"
_END: Final = "-----END CERTIFICATE-----"
# The seal of the format: the password as UTF-16 and these two words come before the data.
_SEAL: Final = "changeit".encode("utf-16-be") + b"Mighty Aphrodite"


def trust_store(bundle: bytes) -> bytes:
    """The certificates of a PEM bundle as entries of a JKS file."""
    parts = bundle.decode().split(_BEGIN)[1:]
    certificates = [ssl.PEM_cert_to_DER_cert(_BEGIN + part.partition(_END)[0] + _END) for part in parts]
    data = struct.pack(">III", _MAGIC, _VERSION, len(certificates))
    for number, certificate in enumerate(certificates):
        data += struct.pack(">I", _TRUSTED) + _text(f"ca-{number:03}") + struct.pack(">Q", 0)
        data += _text("X.509") + struct.pack(">I", len(certificate)) + certificate
    return data + hashlib.sha1(_SEAL + data).digest()


def _text(value: str) -> bytes:
    encoded = value.encode()
    return struct.pack(">H", len(encoded)) + encoded
