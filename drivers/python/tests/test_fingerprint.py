"""A server is verified by the fingerprint of its CA certificate, whatever else it sends along."""

import hashlib
import http.server
import ssl
import subprocess
import threading

import lxdb
import pytest


def authority(directory, name, *more):
    """A certificate with its key in one file, and the certificate alone."""
    path = directory / name
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-keyout", path, "-out", f"{path}.crt", *more], check=True, capture_output=True)
    pem = open(f"{path}.crt").read()
    with open(path, "a") as f:
        f.write(pem)
    return path, pem


def padded(directory):
    """A certificate whose base64 ends in padding, behind which a decoder reads nothing."""
    for n in range(1, 20):
        _, pem = authority(directory, "n" * n)
        if len(ssl.PEM_cert_to_DER_cert(pem)) % 3:
            return pem
    raise AssertionError("none has padding")


@pytest.fixture
def impostor(tmp_path):
    """A server with a certificate of its own, which sends the right CA certificate and its own behind it."""
    right = padded(tmp_path)
    path, own = authority(tmp_path, "impostor", "-addext", "subjectAltName=IP:127.0.0.1")
    told = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = (right + own).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self):
            told.append(self.headers["Authorization"])
            self.send_error(500)

        def log_message(self, *_):
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    s = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    s.handle_error = lambda *_: None
    s.socket = context.wrap_socket(s.socket, server_side=True)
    thread = threading.Thread(target=s.serve_forever)
    thread.start()
    yield s.server_address[1], hashlib.sha256(ssl.PEM_cert_to_DER_cert(right)).hexdigest(), told
    s.shutdown()
    thread.join()
    s.server_close()


def test_another_certificate_behind_the_right_one_is_not_trusted(impostor):
    port, fingerprint, told = impostor
    with pytest.raises(lxdb.OperationalError, match="CERTIFICATE_VERIFY_FAILED"):
        lxdb.connect(port=port, user="root", password="not-for-him", fingerprint=fingerprint, timeout=10)
    assert told == []


def test_fingerprint(server):
    with open(server.ca) as f:
        pem = f.read()
    right = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN"):])).hexdigest()
    with server.connect(ca=None, fingerprint=":".join(right[i:i + 2] for i in range(0, 64, 2)).upper()) as conn:
        assert conn.cursor().execute("SELECT 1").fetchone() == (1,)
    for wrong in (right[:-1], "0" * 64):
        with pytest.raises(lxdb.OperationalError, match="another fingerprint"):
            server.connect(ca=None, fingerprint=wrong)
