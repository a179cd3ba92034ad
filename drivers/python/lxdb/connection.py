"""Connections and cursors over the JSON API of lxdb."""

import base64
import hashlib
import http.client
import json
import socket
import ssl

from . import errors, values

DEFAULT_PORT = 1529


def connect(host="127.0.0.1", port=DEFAULT_PORT, user="", password="", database="", ca=None, fingerprint=None, secure=True,
            autocommit=False, found_rows=True, timeout=None):
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

    def __init__(self, host, port, user, password, database, ca, fingerprint, secure, autocommit, found_rows, timeout):
        self._http = None
        self._session = None
        self._active = None  # the cursor whose rows are still on the way
        if secure is not True and str(secure).lower() != "true":
            raise errors.NotSupportedError("secure is always True: there is no clear text")
        if ca and fingerprint:
            raise errors.InterfaceError("give the CA certificate or its fingerprint, not both")
        if fingerprint:
            ca = _trusted(host, port, fingerprint, timeout)
            context = ssl.create_default_context(cadata=ca)
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
        self._session = json.loads(res.read())["session"]
        self._headers["Lxdb-Session"] = self._session
        self._status = {"autocommit": True, "inTransaction": False}
        if not autocommit:
            self.autocommit(False)

    def _request(self, method, path, body=None):
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

    def _abandon(self):
        http_, self._http, self._active = self._http, None, None
        if http_ is not None:
            http_.close()

    def cursor(self):
        return Cursor(self)

    def commit(self):
        self.cursor().execute("COMMIT")

    def rollback(self):
        self.cursor().execute("ROLLBACK")

    def autocommit(self, on):
        self.cursor().execute("SET autocommit = " + ("1" if on else "0"))

    @property
    def in_autocommit(self):
        return self._status["autocommit"]

    @property
    def in_transaction(self):
        return self._status["inTransaction"]

    def ping(self):
        self.cursor().execute("SELECT 1")

    def close(self):
        """Closes the session. What was not committed is rolled back."""
        if self._http is None:
            return
        try:
            self._request("DELETE", "/api/v1/session").read()
        except errors.Error:
            pass  # it is gone already
        self._abandon()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.close()

    def __del__(self):
        self._abandon()


class Cursor:
    arraysize = 100

    def __init__(self, connection):
        self.connection = connection
        self._reset()

    def _reset(self):
        self.description, self.rowcount, self.lastrowid = None, -1, None
        self._rows, self._next, self._res, self._failed = [], 0, None, None

    def execute(self, operation, parameters=()):
        if self.connection is None:
            raise errors.InterfaceError("the cursor is closed")
        if isinstance(parameters, dict):
            raise errors.ProgrammingError("parameters are a sequence: each stands for a ?")
        connection = self.connection
        if connection._active is self:
            connection._active._gather()
        self._reset()
        body = {"sql": operation, "stream": True}
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

    def executemany(self, operation, seq_of_parameters):
        total = 0
        for parameters in seq_of_parameters:
            self.execute(operation, parameters)
            total += max(self.rowcount, 0)
        self.rowcount = total
        return self

    def _line(self):
        try:
            line = self._res.readline()
        except (OSError, http.client.HTTPException) as e:
            self.connection._abandon()
            raise errors.OperationalError(0, f"the connection is lost: {e}") from e
        if not line.endswith(b"\n"):
            self.connection._abandon()
            raise errors.OperationalError(0, "the answer breaks off")
        return json.loads(line)

    def _last(self, end):
        """Takes the line that ends an answer."""
        self._res.read()  # so that the socket can be used again
        self._res = None
        if self.connection._active is self:
            self.connection._active = None
        if "error" in end:
            self._failed = errors.of_server(end["error"])
            if self.description is None:
                raise self._failed
            return
        self.connection._status = end["status"]
        if self.description is None:
            self.rowcount = end["affectedRows"]
        else:
            self.rowcount = len(self._rows) + self._taken
        self.lastrowid = end["lastInsertId"] or None

    _taken = 0  # rows that were given away and are not in _rows any more

    def _gather(self, enough=None):
        """Reads rows that are on the way: enough of them, or all."""
        while self._res is not None and (enough is None or len(self._rows) - self._next < enough):
            line = self._line()
            if isinstance(line, dict):
                self._last(line)
                return
            self._rows.append(tuple(v if v is None or f is None else f(v) for v, f in zip(line, self._readers)))

    def _check(self):
        if self.description is None:
            raise errors.ProgrammingError("there are no rows: no statement that returns some was executed")

    def fetchone(self):
        self._check()
        if self._next == len(self._rows):
            self._taken += len(self._rows)
            self._rows, self._next = [], 0
            self._gather(self.arraysize)
        if self._next == len(self._rows):
            if self._failed is not None:
                raise self._failed
            return None
        self._next += 1
        return self._rows[self._next - 1]

    def fetchmany(self, size=None):
        out = []
        for _ in range(self.arraysize if size is None else size):
            row = self.fetchone()
            if row is None:
                break
            out.append(row)
        return out

    def fetchall(self):
        return list(self)

    def __iter__(self):
        return self

    def __next__(self):
        row = self.fetchone()
        if row is None:
            raise StopIteration
        return row

    def close(self):
        """Forgets the rows. Those that are on the way are read: the socket is the connection's."""
        if self.connection is not None and self.connection._active is self:
            while self._res is not None:
                line = self._line()
                if isinstance(line, dict):
                    self._last(line)
        self._rows, self.connection = [], None

    def setinputsizes(self, sizes):
        pass

    def setoutputsize(self, size, column=None):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _trusted(host, port, fingerprint, timeout):
    """The CA certificate with this fingerprint, which the server gives to everybody."""
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
    return pem
