"""A server for tests: that of LXDB_HTTPS, LXDB_CA, LXDB_USER and LXDB_PASSWORD, or one that is started here.

LXDB=path names the binary; without it `go build` makes one from this checkout.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
from urllib.parse import quote_plus

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "drivers" / "python"))

import lxdb  # noqa: E402


class Server:
    def __init__(self, address: str, ca: str, user: str, password: str) -> None:
        self.host, _, port = address.rpartition(":")
        self.port, self.ca, self.user, self.password = int(port), ca, user, password
        self.process: subprocess.Popen[bytes] | None = None
        self.dir: tempfile.TemporaryDirectory[str] | None = None

    def connect(self, **changes: object) -> lxdb.Connection:
        options: dict[str, object] = {"host": self.host, "port": self.port, "user": self.user, "password": self.password, "ca": self.ca}
        return lxdb.connect(**{**options, **changes})  # type: ignore[arg-type]

    def url(self, database: str) -> str:
        return f"lxdb://{self.user}:{quote_plus(self.password)}@{self.host}:{self.port}/{database}?ca={quote_plus(self.ca)}"

    def run(self, *statements: str) -> None:
        with self.connect(autocommit=True) as conn:
            for text in statements:
                conn.cursor().execute(text)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)
            self.process = None
        if self.dir is not None:
            self.dir.cleanup()


def start() -> Server:
    """The server that the environment names, or a new one, which stop ends."""
    env = os.environ
    if "LXDB_HTTPS" in env:
        return Server(env["LXDB_HTTPS"], env["LXDB_CA"], env.get("LXDB_USER", "root"), env["LXDB_PASSWORD"])
    directory = tempfile.TemporaryDirectory(prefix="lxdb-python-")
    here = pathlib.Path(directory.name)
    binary = env.get("LXDB")
    if not binary:
        binary = str(here / "lxdb")
        subprocess.run(["go", "build", "-o", binary, "./cmd/lxdb"], cwd=ROOT, check=True)
    log = open(here / "log", "wb")
    process = subprocess.Popen(
        [binary, "serve", "--data", str(here / "data"), "--https", "127.0.0.1:0", "--mysql", "off", "--kivi", "off", "--ldap", "off", "--ldaps", "off"],
        stdout=log, stderr=log)
    endpoints = here / "data" / "endpoints.json"
    for _ in range(600):
        if endpoints.exists() and endpoints.stat().st_size:
            break
        if process.poll() is not None:
            raise RuntimeError("the server ended: " + (here / "log").read_text())
        time.sleep(0.1)
    address = json.loads(endpoints.read_text())["https"]
    s = Server(address, str(here / "data" / "ca.crt"), "root", (here / "data" / "root.password").read_text().strip())
    s.process, s.dir = process, directory
    return s
