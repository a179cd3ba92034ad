"""The exceptions of DB-API. Those of the server have MySQL's number and text as args."""

from __future__ import annotations

from typing import Any


class Warning(Exception):  # noqa: A001 (PEP 249 has the name)
    pass


class Error(Exception):
    """args are (number, message) when the server refused; sqlstate and hint say more."""

    sqlstate: str | None = None
    hint: str | None = None


class InterfaceError(Error):
    pass


class DatabaseError(Error):
    pass


class DataError(DatabaseError):
    pass


class OperationalError(DatabaseError):
    pass


class IntegrityError(DatabaseError):
    pass


class InternalError(DatabaseError):
    pass


class ProgrammingError(DatabaseError):
    pass


class NotSupportedError(DatabaseError):
    pass


# A right that is missing: the statement is well made, and the server will not run it.
DENIED = {1044, 1045, 1142, 1143, 1227, 1370}
INTEGRITY = {1048, 1062, 1169, 1216, 1217, 1364, 1451, 1452, 3819}
UNSUPPORTED = {1235, 1295}


def of_server(error: dict[str, Any], lost: bool = False) -> Error:
    """Makes the exception of an answer's "error"."""
    number, state = int(error.get("code", 0)), error.get("sqlState", "HY000")
    kind: type[Error]
    if lost or number in DENIED or state[:2] in ("08", "28", "40") or number in (1205, 1317, 3024, 1053):
        kind = OperationalError
    elif number in INTEGRITY or state[:2] == "23":
        kind = IntegrityError
    elif number in UNSUPPORTED or state[:2] == "0A":
        kind = NotSupportedError
    elif state[:2] == "22":
        kind = DataError
    elif state[:2] in ("42", "3D", "21"):
        kind = ProgrammingError
    else:
        kind = OperationalError
    text = error.get("message", "")
    if error.get("hint"):
        text += " (hint: " + error["hint"] + ")"
    e = kind(number, text)
    e.sqlstate, e.hint = state, error.get("hint")
    return e
