"""Values of SQL as Python's, both ways, and the type objects of DB-API."""

from __future__ import annotations

import base64
import datetime
import decimal
import time
from collections.abc import Callable
from typing import Any

Binary = bytes
Date = datetime.date
Time = datetime.time
Timestamp = datetime.datetime


def DateFromTicks(ticks: float) -> datetime.date:
    return Date(*time.localtime(ticks)[:3])


def TimeFromTicks(ticks: float) -> datetime.time:
    return Time(*time.localtime(ticks)[3:6])


def TimestampFromTicks(ticks: float) -> datetime.datetime:
    return Timestamp(*time.localtime(ticks)[:6])


class _Types(frozenset):  # type: ignore[type-arg]
    """A type object: equal to each of the type codes that it stands for."""

    def __eq__(self, other: object) -> bool:
        return other in self if isinstance(other, str) else frozenset.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = frozenset.__hash__


INTEGERS = ("TINYINT", "SMALLINT", "MEDIUMINT", "INT", "BIGINT", "YEAR")
FLOATS = ("FLOAT", "DOUBLE")
BYTES = ("BINARY", "VARBINARY", "TINYBLOB", "BLOB", "MEDIUMBLOB", "LONGBLOB", "BIT", "GEOMETRY")
STRING = _Types(("CHAR", "VARCHAR", "TINYTEXT", "TEXT", "MEDIUMTEXT", "LONGTEXT", "ENUM", "SET", "JSON"))
BINARY = _Types(BYTES)
NUMBER = _Types(INTEGERS + FLOATS + ("DECIMAL",))
DATETIME = _Types(("DATE", "TIME", "DATETIME", "TIMESTAMP"))
ROWID = _Types()


def to_json(value: Any) -> Any:
    """What the server takes for a bound value."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"base64": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, decimal.Decimal):
        return {"decimal": format(value, "f")} if value.is_finite() else str(value)
    if isinstance(value, datetime.datetime):
        return {"datetime": value.replace(tzinfo=None).isoformat(" ")}
    if isinstance(value, datetime.date):
        return {"date": value.isoformat()}
    if isinstance(value, datetime.time):
        return {"time": value.replace(tzinfo=None).isoformat()}
    if isinstance(value, datetime.timedelta):
        return {"time": _clock(value)}
    return str(value)


def _clock(delta: datetime.timedelta) -> str:
    micros = delta // datetime.timedelta(microseconds=1)
    sign, micros = ("-", -micros) if micros < 0 else ("", micros)
    seconds, micros = divmod(micros, 1_000_000)
    return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{micros:06}"


def _date(text: str) -> datetime.date | str:
    return datetime.date.fromisoformat(text) if "-00" not in text else text


def _datetime(text: str) -> datetime.datetime | str:
    if "-00" in text[:10]:
        return text  # a date with a zero in it is none of Python's
    day, _, clock = text.partition(" ")
    whole, _, fraction = clock.partition(".")
    value = datetime.datetime.fromisoformat(day + " " + whole)
    return value.replace(microsecond=int(fraction.ljust(6, "0"))) if fraction else value


def _time(text: str) -> datetime.timedelta:
    """MySQL's TIME is a duration: up to 838 hours, of either sign."""
    negative = text.startswith("-")
    hours, minutes, seconds = text.lstrip("-").split(":")
    value = datetime.timedelta(hours=int(hours), minutes=int(minutes), microseconds=int(decimal.Decimal(seconds) * 1_000_000))
    return -value if negative else value


_readers: dict[str, Callable[[Any], Any]] = {name: base64.b64decode for name in BYTES}
_readers.update({"DECIMAL": decimal.Decimal, "DATE": _date, "DATETIME": _datetime, "TIMESTAMP": _datetime, "TIME": _time})
_readers.update({name: float for name in FLOATS})


def readers(columns: list[dict[str, Any]]) -> list[Callable[[Any], Any] | None]:
    """One function for each column, or None where JSON's value is Python's."""
    return [_readers.get(c["type"]) for c in columns]
