"""PEP 249, point by point."""

import datetime
import decimal
import time

import lxdb
import pytest


def test_module():
    assert lxdb.apilevel == "2.0" and lxdb.threadsafety in (0, 1, 2, 3) and lxdb.paramstyle == "qmark"
    assert issubclass(lxdb.Warning, Exception) and issubclass(lxdb.Error, Exception)
    assert issubclass(lxdb.InterfaceError, lxdb.Error) and issubclass(lxdb.DatabaseError, lxdb.Error)
    for name in ("DataError", "OperationalError", "IntegrityError", "InternalError", "ProgrammingError", "NotSupportedError"):
        assert issubclass(getattr(lxdb, name), lxdb.DatabaseError)
        assert getattr(lxdb.Connection, name) is getattr(lxdb, name)


def test_constructors_and_type_objects(conn):
    at = time.mktime((2002, 12, 25, 13, 45, 30, 0, 0, 0))
    assert lxdb.Date(2002, 12, 25) == lxdb.DateFromTicks(at)
    assert lxdb.Time(13, 45, 30) == lxdb.TimeFromTicks(at)
    assert lxdb.Timestamp(2002, 12, 25, 13, 45, 30) == lxdb.TimestampFromTicks(at)
    assert lxdb.Binary(b"\x00") == b"\x00"
    cursor = conn.cursor()
    cursor.execute("CREATE TABLE t (s VARCHAR(9), b BLOB, n DECIMAL(9,2), i INT, f DOUBLE, d DATE, t TIME, at DATETIME, j JSON)")
    cursor.execute("SELECT * FROM t")
    kinds = [lxdb.STRING, lxdb.BINARY, lxdb.NUMBER, lxdb.NUMBER, lxdb.NUMBER, lxdb.DATETIME, lxdb.DATETIME, lxdb.DATETIME, lxdb.STRING]
    for column, kind in zip(cursor.description, kinds):
        assert len(column) == 7 and column[1] == kind
        assert [k for k in (lxdb.STRING, lxdb.BINARY, lxdb.NUMBER, lxdb.DATETIME, lxdb.ROWID) if column[1] == k] == [kind]


@pytest.mark.parametrize(("column", "value"), [
    ("BIGINT", -2**63), ("BIGINT UNSIGNED", 2**64 - 1), ("DOUBLE", 2.25), ("DECIMAL(65,30)", decimal.Decimal("-12345678901234567890123456789012345.123456789012345678901234567890")),
    ("VARCHAR(40)", "it's \"é 😀\" \\ % ? \n\t\x00"), ("VARCHAR(40)", ""), ("LONGTEXT", "ä" * 100_000), ("BLOB", b"\x00\xff'\"\\"), ("BLOB", b""),
    ("DATE", datetime.date(2024, 2, 29)), ("DATETIME(6)", datetime.datetime(2024, 2, 29, 13, 14, 15, 123456)),
    ("TIME", -datetime.timedelta(hours=101, minutes=2, seconds=3)), ("JSON", '{"a": [1, null, "x"]}'), ("BIT(10)", b"\x02\x01"),
    ("ENUM('a','b')", "b"), ("YEAR", 2024), ("INT", None), ("BLOB", None), ("DATE", None),
])
def test_values(conn, column, value):
    cursor = conn.cursor()
    cursor.execute(f"CREATE TABLE t (x {column})")
    cursor.execute("INSERT INTO t VALUES (?)", (int.from_bytes(value, "big") if column.startswith("BIT") else value,))
    assert cursor.rowcount == 1
    cursor.execute("SELECT x FROM t")
    got = cursor.fetchone()
    assert got == (value,) and type(got[0]) is type(value)
    assert cursor.fetchone() is None
    if not column.startswith(("JSON", "BIT", "BLOB")) and value is not None:
        cursor.execute("SELECT COUNT(*) FROM t WHERE x = ?", (value,))
        assert cursor.fetchone() == (1,)


def test_what_is_bound_has_its_type(conn):
    cursor = conn.cursor()
    cursor.execute("SELECT ? + ?, ?, ?, ?", (decimal.Decimal("1.50"), decimal.Decimal("0.005"), datetime.date(2024, 2, 29),
                                            datetime.datetime(2024, 2, 29, 1), datetime.time(1, 2, 3)))
    assert cursor.fetchone() == (decimal.Decimal("1.505"), datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29, 1), datetime.timedelta(seconds=3723))
    with pytest.raises(lxdb.ProgrammingError):
        cursor.execute("SELECT ?", {"a": 1})
    with pytest.raises(lxdb.Error):
        cursor.execute("SELECT ?, ?", (1,))


def test_cursors(conn):
    cursor = conn.cursor()
    assert cursor.description is None and cursor.rowcount == -1 and cursor.arraysize >= 1 and cursor.connection is conn
    with pytest.raises(lxdb.Error):
        cursor.fetchone()
    cursor.execute("CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(9))")
    assert cursor.description is None
    with pytest.raises(lxdb.Error):
        cursor.fetchall()
    cursor.executemany("INSERT INTO t (v) VALUES (?)", [(f"v{i}",) for i in range(1234)])
    assert cursor.rowcount == 1234
    cursor.executemany("INSERT INTO t (v) VALUES (?)", [])
    assert cursor.rowcount == 0
    cursor.executemany("UPDATE t SET v = ? WHERE id = ?", [("x", 1), ("y", 2), ("z", 99999)])
    assert cursor.rowcount == 2
    with pytest.raises(lxdb.ProgrammingError):
        cursor.executemany("INSERT INTO t (v) VALUES (?)", [("a",), ("b", "c")])
    cursor.execute("INSERT INTO t (v) VALUES ('last')")
    assert cursor.lastrowid == 1235
    cursor.execute("SELECT id FROM t ORDER BY id")
    assert cursor.fetchone() == (1,)
    assert cursor.fetchmany(3) == [(2,), (3,), (4,)]
    cursor.arraysize = 2
    assert cursor.fetchmany() == [(5,), (6,)]
    other = conn.cursor()
    other.execute("SELECT 1")  # in the middle of the first one's rows
    assert other.fetchall() == [(1,)] and next(cursor) == (7,)
    assert len(cursor.fetchall()) == 1235 - 7 and cursor.fetchall() == [] and cursor.fetchmany(5) == [] and cursor.fetchone() is None
    assert cursor.rowcount == 1235
    cursor.setinputsizes([1])
    cursor.setoutputsize(1)
    cursor.close()
    for call in (lambda: cursor.execute("SELECT 1"), cursor.fetchone, cursor.fetchall, cursor.fetchmany):
        with pytest.raises(lxdb.Error):
            call()


def test_a_statement_that_fails_behind_its_first_rows(conn):
    cursor = conn.cursor()
    cursor.execute("CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, d VARCHAR(20))")
    cursor.executemany("INSERT INTO t (d) VALUES (?)", [("[1]",)] * 3000 + [("no document",)])
    with pytest.raises(lxdb.Error) as told:
        cursor.execute("SELECT id, CAST(d AS JSON) FROM t ORDER BY id")
        cursor.fetchall()
    assert told.value.args[0] == 3141


def test_transactions(server, database, conn):
    cursor = conn.cursor()
    cursor.execute("CREATE TABLE t (id INT PRIMARY KEY)")
    cursor.execute("INSERT INTO t VALUES (1)")
    assert conn.in_transaction
    conn.rollback()
    cursor.execute("INSERT INTO t VALUES (2)")
    conn.commit()
    with server.connect(database=database) as other:
        mine = other.cursor()
        mine.execute("INSERT INTO t VALUES (3)")  # never committed
    cursor.execute("SELECT id FROM t")
    assert cursor.fetchall() == [(2,)]
    other = server.connect(database=database, autocommit=True)
    other.cursor().execute("INSERT INTO t VALUES (4)")
    other.close()
    other.close()
    with pytest.raises(lxdb.Error):
        other.cursor().execute("SELECT 1")
    with pytest.raises(lxdb.Error):
        other.commit()
    conn.rollback()
    cursor.execute("SELECT COUNT(*) FROM t")
    assert cursor.fetchone() == (2,)


@pytest.mark.parametrize(("kind", "number", "text"), [
    (lxdb.ProgrammingError, 1064, "SELEC 1"), (lxdb.ProgrammingError, 1146, "SELECT * FROM nosuch"), (lxdb.ProgrammingError, 1054, "SELECT nosuch FROM t"),
    (lxdb.IntegrityError, 1062, "INSERT INTO t VALUES (1, 1)"), (lxdb.IntegrityError, 1048, "INSERT INTO t VALUES (NULL, 1)"),
    (lxdb.IntegrityError, 3819, "INSERT INTO t VALUES (5, -1)"), (lxdb.DataError, 1264, "INSERT INTO t VALUES (3000000000, 1)"),
    (lxdb.DataError, 1690, "SELECT 18446744073709551615 + 1"), (lxdb.NotSupportedError, 1235, "HANDLER t OPEN"),
])
def test_errors(conn, kind, number, text):
    cursor = conn.cursor()
    cursor.execute("CREATE TABLE t (id INT PRIMARY KEY, v INT CHECK (v > 0))")
    cursor.execute("INSERT INTO t VALUES (1, 1)")
    with pytest.raises(kind) as told:
        cursor.execute(text)
    assert told.value.args[0] == number and len(told.value.sqlstate) == 5
    cursor.execute("SELECT 1")
    assert cursor.fetchone() == (1,)


def test_a_session_that_was_ended(server, database, conn):
    cursor = conn.cursor()
    cursor.execute("SELECT CONNECTION_ID()")
    server.run(f"KILL CONNECTION {cursor.fetchone()[0]}")
    with pytest.raises(lxdb.OperationalError):
        for _ in range(2):
            cursor.execute("SELECT 1")
