"""Connections and cursors over the JSON API of lxdb."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import re
import socket
import ssl
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from . import errors, values

DEFAULT_PORT = 1529


# Rows of one request of executemany, and its parameters: the server takes 65,535.
BATCH_ROWS, BATCH_PARAMETERS = 500, 60_000
READ_BYTES = 1 << 16

# INSERT … VALUES (?, ?) and what may follow it: such a statement takes several rows.
_INSERT = re.compile(r"(\s*(?:INSERT|REPLACE)\b[^'\"`?]*(?:`[^`?]*`[^'\"`?]*)*\bVALUES?\s*)(\(\s*\?\s*(?:,\s*\?\s*)*\))(\s*(?:ON\s+DUPLICATE\b[^?]*)?)$",
                     re.IGNORECASE | re.DOTALL)


def connect(host: str = "127.0.0.1", port: int | str = DEFAULT_PORT, user: str = "", password: str = "", database: str = "",
            ca: str | None = None, fingerprint: str | None = None, secure: bool | str = True, autocommit: bool = False,
            found_rows: bool = True, timeout: float | None = None) -> Connection:
    """Opens a connection: a session of the server.

    ca is a file with the CA certificate, fingerprint its SHA-256 in hexadecimal. timeout is in seconds,
    for each answer to begin and to go on.
    """
    return Connection(host, int(port), user, password, database, ca, fingerprint, secure, autocommit, found_rows, timeout)


class Connection:
    # PEP 249's optional extension.
    Warning, Error, InterfaceError, DatabaseError = errors.Warning, errors.Error, errors.InterfaceError, errors.DatabaseError
    DataError, OperationalError, IntegrityError = errors.DataError, errors.OperationalError, errors.IntegrityError
    InternalError, ProgrammingError, NotSupportedError = errors.InternalError, errors.ProgrammingError, errors.NotSupportedError

    def __init__(self, host: str, port: int, user: str, password: str, database: str, ca: str | None, fingerprint: str | None,
                 secure: bool | str, autocommit: bool, found_rows: bool, timeout: float | None) -> None:
        self._http: http.client.HTTPSConnection | None = None
        self._active: Cursor | None = None  # whose rows are still on the way
        if secure is not True and str(secure).lower() != "true":
            raise errors.NotSupportedError("secure is always True: there is no clear text")
        if ca and fingerprint:
            raise errors.InterfaceError("give the CA certificate or its fingerprint, not both")
        if fingerprint:
            context = ssl.create_default_context(cadata=_trusted(host, port, fingerprint, timeout))
        else:
            try:
                context = ssl.create_default_context(cafile=ca)
            except (OSError, ssl.SSLError) as e:
                raise errors.InterfaceError(f"CA certificate {ca}: {e}") from e
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._http = http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
        self._headers = {
            "Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode(),
            "Content-Type": "application/json", "User-Agent": "lxdb-python",
        }
        res = self._request("POST", "/api/v1/session", {"database": database or "", "foundRows": bool(found_rows)})
        self._headers["Lxdb-Session"] = json.loads(res.read())["session"]
        self._status: dict[str, Any] = {"autocommit": True, "inTransaction": False}
        if not autocommit:
            self.autocommit(False)

    def _request(self, method: str, path: str, body: dict[str, Any] | None = None) -> http.client.HTTPResponse:
        """Sends a request. What is left of the last answer is read first."""
        if self._http is None:
            raise errors.InterfaceError("the connection is closed")
        if self._active is not None:
            self._active._gather()
        try:
            self._http.request(method, path, json.dumps(body) if body is not None else None, self._headers)
            res = self._http.getresponse()
        except (OSError, http.client.HTTPException) as e:
            self._abandon()
            raise errors.OperationalError(0, f"the connection is lost: {e}") from e
        if res.status < 300:
            return res
        text = res.read()
        try:
            told = json.loads(text)["error"]
        except (ValueError, KeyError, TypeError):
            raise errors.OperationalError(0, f"the server answers {res.status}") from None
        raise errors.of_server(told, lost=res.status == 404)

    def _abandon(self) -> None:
        http_, self._http, self._active = self._http, None, None
        if http_ is not None:
            http_.close()

    def cursor(self) -> Cursor:
        return Cursor(self)

    def commit(self) -> None:
        self.cursor().execute("COMMIT")

    def rollback(self) -> None:
        self.cursor().execute("ROLLBACK")

    def autocommit(self, on: bool) -> None:
        self.cursor().execute("SET autocommit = " + ("1" if on else "0"))

    @property
    def in_autocommit(self) -> bool:
        return bool(self._status["autocommit"])

    @property
    def in_transaction(self) -> bool:
        return bool(self._status["inTransaction"])

    def ping(self) -> None:
        self.cursor().execute("SELECT 1")

    def close(self) -> None:
        """Closes the session. What was not committed is rolled back."""
        if self._http is None:
            return
        try:
            self._request("DELETE", "/api/v1/session").read()
        except errors.Error:
            pass  # it is gone already
        self._abandon()

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self._abandon()


class Cursor:
    """A statement and its rows. The rows are read when they are asked for, or when another statement wants the socket."""

    arraysize = 100

    def __init__(self, connection: Connection) -> None:
        self._connection: Connection | None = connection
        self._reset()

    @property
    def connection(self) -> Connection:
        """The connection that the cursor is of, as PEP 249's extension has it."""
        return self._open()

    def _open(self) -> Connection:
        if self._connection is None:
            raise errors.InterfaceError("the cursor is closed")
        return self._connection

    def _reset(self) -> None:
        self.description: list[tuple[Any, ...]] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self._rows: list[tuple[Any, ...]] = []
        self._next = 0
        self._taken = 0  # rows that were given away and are not in _rows any more
        self._res: http.client.HTTPResponse | None = None
        self._failed: errors.Error | None = None
        self._lines: list[Any] = []  # that were read, the next one last
        self._rest = b""  # the beginning of a line
        self._readers: list[Any] = []

    def execute(self, operation: str, parameters: Sequence[Any] = ()) -> Cursor:
        connection = self._open()
        if isinstance(parameters, (dict, str, bytes)):
            raise errors.ProgrammingError("parameters are a sequence: each stands for a ?")
        if connection._active is self:
            self._gather()
        self._reset()
        body: dict[str, Any] = {"sql": operation, "stream": True}
        if parameters:
            body["params"] = [values.to_json(p) for p in parameters]
        self._res = connection._request("POST", "/api/v1/query", body)
        connection._active = self
        first = self._line()
        if "columns" in first:
            columns = first["columns"]
            self.description = [(c["name"], c["type"], None, c.get("length"), None, c.get("scale"), not c.get("notNull", False)) for c in columns]
            self._readers = values.readers(columns)
            self._gather(2 * self.arraysize)
        else:
            self._last(first)
        return self

    def executemany(self, operation: str, seq_of_parameters: Iterable[Sequence[Any]]) -> Cursor:
        """Runs a statement for each row of parameters; INSERT … VALUES (?, …) for some hundred of them at once."""
        total = 0
        insert = _INSERT.match(operation)
        if insert is None:
            for parameters in seq_of_parameters:
                self.execute(operation, parameters)
                total += max(self.rowcount, 0)
        else:
            width = insert[2].count("?")
            for rows in _batches(seq_of_parameters, min(BATCH_ROWS, BATCH_PARAMETERS // width)):
                if any(len(row) != width for row in rows):
                    raise errors.ProgrammingError(f"each row has {width} parameters")
                text = insert[1] + ", ".join([insert[2]] * len(rows)) + insert[3]
                self.execute(text, [value for row in rows for value in row])
                total += max(self.rowcount, 0)
        self.rowcount = total
        return self

    def _line(self) -> Any:
        if not self._lines:
            self._read()
        return self._lines.pop()

    def _read(self) -> None:
        """Reads what has come: lines of JSON, which are decoded together."""
        assert self._res is not None
        connection = self._open()
        while True:
            try:
                data = self._res.read1(READ_BYTES)
            except (OSError, http.client.HTTPException) as e:
                connection._abandon()
                raise errors.OperationalError(0, f"the connection is lost: {e}") from e
            if not data:
                connection._abandon()
                raise errors.OperationalError(0, "the answer breaks off")
            whole, end, rest = (self._rest + data).rpartition(b"\n")
            self._rest = rest
            if end:
                self._lines = json.loads(b"[" + whole.replace(b"\n", b",") + b"]")
                self._lines.reverse()
                return

    def _last(self, end: dict[str, Any]) -> None:
        """Takes the line that ends an answer."""
        assert self._res is not None
        connection = self._open()
        self._res.read()  # so that the socket can be used again
        self._res = None
        if connection._active is self:
            connection._active = None
        if "error" in end:
            self._failed = errors.of_server(end["error"])
            if self.description is None:
                raise self._failed
            return
        connection._status = end["status"]
        if self.description is None:
            self.rowcount = end["affectedRows"]
        else:
            self.rowcount = len(self._rows) + self._taken
        self.lastrowid = end["lastInsertId"] or None

    def _gather(self, enough: int | None = None) -> None:
        """Reads rows that are on the way: enough of them, or all."""
        readers = self._readers
        plain = not any(readers)
        while self._res is not None and (enough is None or len(self._rows) - self._next < enough):
            line = self._line()
            if isinstance(line, dict):
                self._last(line)
                return
            self._rows.append(tuple(line) if plain else tuple([v if v is None or f is None else f(v) for v, f in zip(line, readers)]))

    def _check(self) -> None:
        self._open()
        if self.description is None:
            raise errors.ProgrammingError("there are no rows: no statement that returns some was executed")

    def _more(self) -> bool:
        """Whether there is a row; the error that ended the rows comes behind the last."""
        if self._next == len(self._rows):
            self._taken += len(self._rows)
            self._rows, self._next = [], 0
            self._gather(self.arraysize)
        if self._next == len(self._rows):
            if self._failed is not None:
                raise self._failed
            return False
        return True

    def fetchone(self) -> tuple[Any, ...] | None:
        self._check()
        if not self._more():
            return None
        self._next += 1
        return self._rows[self._next - 1]

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        self._check()
        size = self.arraysize if size is None else size
        out: list[tuple[Any, ...]] = []
        while len(out) < size and self._more():
            part = self._rows[self._next:self._next + size - len(out)]
            self._next += len(part)
            out += part
        return out

    def fetchall(self) -> list[tuple[Any, ...]]:
        self._check()
        self._gather()
        out = self._rows[self._next:] if self._next else self._rows
        self._taken += len(self._rows)
        self._rows, self._next = [], 0
        if self._failed is not None:
            raise self._failed
        return out

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return self

    def __next__(self) -> tuple[Any, ...]:
        row = self.fetchone()
        if row is None:
            raise StopIteration
        return row

    def close(self) -> None:
        """Forgets the rows. Those that are on the way are read: the socket is the connection's."""
        if self._connection is not None and self._connection._active is self:
            while self._res is not None:
                line = self._line()
                if isinstance(line, dict):
                    self._last(line)
        self._rows, self._connection = [], None

    def setinputsizes(self, sizes: Sequence[Any]) -> None:
        pass

    def setoutputsize(self, size: int, column: int | None = None) -> None:
        pass

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _batches(rows: Iterable[Sequence[Any]], size: int) -> Iterator[list[Sequence[Any]]]:
    batch: list[Sequence[Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _trusted(host: str, port: int, fingerprint: str, timeout: float | None) -> bytes:
    """The CA certificate with this fingerprint, which the server gives to everybody.

    It is the bytes that were hashed, not the text that came: in that, another certificate could stand behind the right one.
    """
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # what comes is checked by its fingerprint
    conn = http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
    try:
        conn.request("GET", "/ca.crt")
        pem = conn.getresponse().read(1 << 20).decode("ascii", "replace")
        der = ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN"):])
    except (OSError, ValueError, http.client.HTTPException, socket.timeout) as e:
        raise errors.OperationalError(0, f"the CA certificate cannot be fetched: {e}") from e
    finally:
        conn.close()
    if hashlib.sha256(der).hexdigest().lower() != fingerprint.replace(":", "").lower():
        raise errors.OperationalError(0, "the server's CA certificate has another fingerprint")
    return der
