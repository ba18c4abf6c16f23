# SPDX-License-Identifier: Apache-2.0
"""A certificate for one test, made by openssl and gone with the test's server."""
import subprocess


def self_signed(server, name):
    """Writes tls/privkey.pem and tls/fullchain.pem into the server's root."""
    folder = server.root / "tls"
    folder.mkdir()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-addext", f"subjectAltName=DNS:{name}",
                    "-addext", "basicConstraints=critical,CA:FALSE",
                    "-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"],
                   check=True, capture_output=True)
    return folder
