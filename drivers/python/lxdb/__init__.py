"""DB-API 2.0 (PEP 249) for lxdb, over HTTPS. It needs nothing but Python.

    import lxdb

    with lxdb.connect(host="db.example.org", user="marie", password="…", database="lab", ca="ca.crt") as conn:
        cursor = conn.cursor()
        cursor.execute("SELECT name FROM element WHERE number = ?", (88,))
        print(cursor.fetchone())
        conn.commit()

The server is verified by the CA certificate (ca=), by its SHA-256 fingerprint (fingerprint=), or by
the system's authorities. There is no clear text: secure=True is the only value.
"""

from .connection import Connection, Cursor, connect
from .errors import (DatabaseError, DataError, Error, IntegrityError, InterfaceError, InternalError, NotSupportedError,
                     OperationalError, ProgrammingError, Warning)
from .values import (BINARY, DATETIME, NUMBER, ROWID, STRING, Binary, Date, DateFromTicks, Time, TimeFromTicks, Timestamp,
                     TimestampFromTicks)

apilevel = "2.0"
threadsafety = 1  # threads may share the module, not connections
paramstyle = "qmark"

__all__ = [
    "connect", "Connection", "Cursor", "apilevel", "threadsafety", "paramstyle",
    "Warning", "Error", "InterfaceError", "DatabaseError", "DataError", "OperationalError", "IntegrityError", "InternalError",
    "ProgrammingError", "NotSupportedError",
    "Binary", "Date", "Time", "Timestamp", "DateFromTicks", "TimeFromTicks", "TimestampFromTicks",
    "STRING", "BINARY", "NUMBER", "DATETIME", "ROWID",
]
