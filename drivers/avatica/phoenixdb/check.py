"""phoenixdb against a server over HTTPS; ../../clients-https.sh sets LXDB_*."""

import datetime
import decimal
import os
import sys

import phoenixdb
import requests

ENV = {k: os.environ["LXDB_" + k] for k in (
    "HTTPS", "CA", "OTHER_CA", "USER", "PASSWORD", "READER", "READER_PASSWORD", "DATABASE")}
ROWS = 100_000
checks = 0
# A connection that did not come about is closed in its destructor, and fails once more.
sys.unraisablehook = lambda _: None


def connect(**changes):
    """Connect as a user of lxdb does: with the CA, and the name verified."""
    options = {
        "truststore": ENV["CA"], "authentication": "BASIC", "avatica_user": ENV["USER"], "avatica_password": ENV["PASSWORD"],
        "autocommit": True, "database": ENV["DATABASE"], "max_retries": 0,
    }
    options.update(changes)
    return phoenixdb.connect("https://" + ENV["HTTPS"] + "/", **options)


def check(ok, message):
    global checks
    if not ok:
        sys.exit(f"phoenixdb: {message}")
    checks += 1


def same(got, want, what):
    check(got == want, f"{what}: {got!r} instead of {want!r}")


def refused(what, words, **changes):
    try:
        connect(**changes).close()
    except (phoenixdb.Error, requests.exceptions.RequestException) as e:
        check(words in str(e), f"{what}: refused with another error: {e}")
    else:
        check(False, f"{what}: connected, refusal expected")


def denied(cursor, number, sql):
    try:
        cursor.execute(sql)
    except phoenixdb.Error as e:
        check(e.code == number, f"{sql}: error {number} expected: {e!r}")
    else:
        check(False, f"may not: {sql}")


TYPES = """CREATE TABLE ha_types (id INT PRIMARY KEY, ti TINYINT, si SMALLINT, mi MEDIUMINT, bi BIGINT, ub BIGINT UNSIGNED, f FLOAT, d DOUBLE,
    dc DECIMAL(12,3), v VARCHAR(20), tx TEXT, bl BLOB, dt DATE, tm TIME, ts DATETIME(6), yr YEAR, en ENUM('a','b'), js JSON)"""
VALUES = """INSERT INTO ha_types VALUES (1, -5, 300, -70000, 9007199254740993, 18446744073709551615, 1.5, 2.25, 1234567.125, 'hé 😀', 'text', x'00ff10',
    '2024-02-29', '13:14:15', '2024-02-29 13:14:15.123456', 2024, 'b', '{"k": 1}'),
    (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"""
EXPECTED = [
    1, -5, 300, -70000, 9007199254740993, decimal.Decimal(18446744073709551615), 1.5, 2.25, decimal.Decimal("1234567.125"), "hé 😀", "text", b"\x00\xff\x10",
    datetime.date(2024, 2, 29), datetime.time(13, 14, 15), datetime.datetime(2024, 2, 29, 13, 14, 15, 123000), 2024, "b", '{"k": 1}',
]


def types(cursor):
    cursor.execute("DROP TABLE IF EXISTS ha_types")
    cursor.execute(TYPES)
    cursor.execute(VALUES)
    same(cursor.rowcount, 2, "rows affected")
    cursor.execute("SELECT * FROM ha_types ORDER BY id")
    one, two = cursor.fetchall()
    same(list(one), EXPECTED, "types")
    same(list(two), [2] + [None] * 8 + [""] + [None] * 8, "NULL")


def bound(cursor):
    cursor.execute("INSERT INTO ha_types (id, v, dc, dt, ts, bi, d) VALUES (?, ?, ?, ?, ?, ?, ?)", (
        3, "it's", decimal.Decimal("1.125"), datetime.date(2020, 1, 2), datetime.datetime(2020, 1, 2, 3, 4, 5), 2**53 + 1, 0.5))
    cursor.execute("SELECT v, dc, dt, ts, bi, d FROM ha_types WHERE id = ? AND v LIKE ?", (3, "it%"))
    same(cursor.fetchall(), [["it's", decimal.Decimal("1.125"), datetime.date(2020, 1, 2), datetime.datetime(2020, 1, 2, 3, 4, 5), 2**53 + 1, 0.5]],
         "what was bound")
    cursor.execute("INSERT INTO ha_types (id, bl, tm, ti) VALUES (?, ?, ?, ?)", (4, b"\x00\xff", datetime.time(1, 2, 3), 1))
    cursor.execute("SELECT bl, tm, ti FROM ha_types WHERE id = ?", (4,))
    same(cursor.fetchall(), [[b"\x00\xff", datetime.time(1, 2, 3), 1]], "bytes and a time that were bound")
    cursor.executemany("INSERT INTO ha_types (id, v) VALUES (?, ?)", [(i, f"row {i}") for i in range(10, 20)])
    cursor.execute("SELECT id FROM ha_types WHERE id >= 10 ORDER BY id LIMIT ?", (3,))
    same([r[0] for r in cursor.fetchall()], [10, 11, 12], "LIMIT with a parameter")


def transactions():
    with connect(autocommit=False) as conn:
        cursor = conn.cursor()
        cursor.execute("UPDATE ha_types SET v = 'lost' WHERE id = 1")
        conn.rollback()
        cursor.execute("UPDATE ha_types SET v = 'kept' WHERE id = 2")
        conn.commit()
        cursor.execute("SELECT v FROM ha_types WHERE id < 3 ORDER BY id")
        same([r[0] for r in cursor.fetchall()], ["hé 😀", "kept"], "after rollback and commit")
        conn.rollback()


def many(cursor):
    cursor.execute(f"WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
                   f"SELECT a.i * 1000 + b.i, 'some text' FROM n a, n b LIMIT {ROWS}")
    n = 0
    while rows := cursor.fetchmany(5000):
        n += len(rows)
    same(n, ROWS, "rows of a large result")


def metadata(conn):
    meta = conn.meta()
    names = {t["TABLE_NAME"] for t in meta.get_tables(catalog=ENV["DATABASE"])}
    check({"country", "ha_types"} <= names, f"tables: {names}")
    columns = meta.get_columns(catalog=ENV["DATABASE"], tableNamePattern="ha_types")
    same([c["COLUMN_NAME"] for c in columns][:3], ["id", "ti", "si"], "columns")
    same([c["TYPE_ID"] for c in columns][:6], [4, -6, 5, 4, -5, 3], "types of columns")
    same([k["COLUMN_NAME"] for k in meta.get_primary_keys(catalog=ENV["DATABASE"], table="ha_types")], ["id"], "primary key")
    index = meta.get_index_info(catalog=ENV["DATABASE"], table="ha_types")
    same([(i["INDEX_NAME"], i["NON_UNIQUE"]) for i in index], [("PRIMARY", False)], "indexes")


def main():
    with connect() as conn, conn.cursor() as cursor:
        types(cursor)
        bound(cursor)
        transactions()
        many(cursor)
        metadata(conn)
        try:
            cursor.execute("SELECT * FROM nope")
        except phoenixdb.errors.ProgrammingError as e:
            same((e.code, e.sqlstate), (1146, "42S02"), "an error")
        else:
            check(False, "a table that is not there")
        # Two cursors of one connection, one of them in the middle of its result.
        other = conn.cursor()
        cursor.execute("SELECT alpha2 FROM country ORDER BY alpha2")
        same(cursor.fetchone()[0], "AD", "the first country")
        other.execute("SELECT COUNT(*) FROM country")
        same(other.fetchone()[0], 249, "countries")
        same(len(cursor.fetchall()), 248, "the other countries")
        cursor.execute("DROP TABLE ha_types")

    refused("another CA", "CERTIFICATE_VERIFY_FAILED", truststore=ENV["OTHER_CA"])
    refused("wrong password", "401", avatica_password="wrong")
    refused("unknown user", "401", avatica_user="nobody")
    refused("no password", "doAs", authentication=None, avatica_user=None, avatica_password=None, user=ENV["USER"], password=ENV["PASSWORD"])

    reader = {"avatica_user": ENV["READER"], "avatica_password": ENV["READER_PASSWORD"]}
    with connect(**reader) as conn, conn.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM country")
        same(cursor.fetchone()[0], 249, "what the reader reads")
        denied(cursor, 1142, "SELECT * FROM currency")
        denied(cursor, 1142, "DELETE FROM country")
        denied(cursor, 1142, "DROP TABLE country")
        same({t["TABLE_NAME"] for t in conn.meta().get_tables(catalog=ENV["DATABASE"])}, {"country"}, "the tables that the reader sees")

    print(f"phoenixdb {phoenixdb.__version__ if hasattr(phoenixdb, '__version__') else ''}: {checks} checks passed")


if __name__ == "__main__":
    main()
