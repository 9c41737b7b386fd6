"""The company's own certificate authorities among those that TLS connections trust."""

import ssl

COMPANY = "Depot Logistics"


def authorities():
    found = []
    for certificate in ssl.create_default_context().get_ca_certs():
        subject = {name: value for part in certificate["subject"] for name, value in part}
        if subject.get("organizationName") == COMPANY:
            found.append((subject["commonName"], certificate["notAfter"]))
    return sorted(found)
