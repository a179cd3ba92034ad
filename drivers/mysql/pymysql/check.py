"""PyMySQL against a server; ../../clients.sh sets LXDB_*."""

import decimal
import os
import pathlib
import ssl
import sys

import pymysql

ENV = {k: os.environ["LXDB_" + k] for k in (
    "HOST", "PORT", "CA", "OTHER_CA", "USER", "PASSWORD", "READER", "READER_PASSWORD", "DATABASE", "QUERIES")}
checks = 0


def connect(**changes):
    """Connect as a user of lxdb does: with the CA, and the name verified."""
    options = {
        "host": ENV["HOST"], "port": int(ENV["PORT"]), "user": ENV["USER"], "password": ENV["PASSWORD"],
        "database": ENV["DATABASE"], "charset": "utf8mb4", "connect_timeout": 10,
        "ssl_ca": ENV["CA"], "ssl_verify_cert": True, "ssl_verify_identity": True,
    }
    options.update(changes)
    return pymysql.connect(**options)


def check(ok, message):
    global checks
    if not ok:
        sys.exit(f"PyMySQL: {message}")
    checks += 1


def refused(what, number=None, words="", **changes):
    """A connection that must not come about, with an error number or words."""
    try:
        connect(**changes).close()
    except pymysql.err.MySQLError as e:
        ok = e.args[0] == number if number else words in str(e)
        check(ok, f"{what}: refused with another error: {e}")
    else:
        check(False, f"{what}: connected, refusal expected")


def denied(cursor, number, sql):
    try:
        cursor.execute(sql)
    except pymysql.err.MySQLError as e:
        check(e.args[0] == number, f"{sql}: error {number} expected: {e}")
    else:
        check(False, f"may not: {sql}")


def text(value):
    """A value as the mariadb client prints it."""
    if value is None:
        return "NULL"
    return format(value, "f") if isinstance(value, decimal.Decimal) else str(value)


def main():
    with connect() as conn, conn.cursor() as cursor:
        check(isinstance(conn._sock, ssl.SSLSocket), "the connection is not encrypted")
        for path in sorted(pathlib.Path(ENV["QUERIES"]).glob("*.sql")):
            cursor.execute(path.read_text("utf-8"))
            lines = ["\t".join(c[0] for c in cursor.description)]
            lines += ["\t".join(map(text, row)) for row in cursor.fetchall()]
            want = path.with_suffix(".tsv").read_text("utf-8").splitlines()
            check(lines == want, f"{path.name}: {lines} instead of {want}")
        cursor.execute("SELECT name FROM country WHERE alpha3 = %s", ("CHE",))
        check(cursor.fetchone() == ("Switzerland",), "a parameter")
        # A transaction that is rolled back leaves nothing.
        cursor.execute("UPDATE country SET common_name = %s WHERE alpha2 = %s", ("Zürich 🇨🇭", "CH"))
        check(cursor.rowcount == 1, "rows affected")
        conn.rollback()
        cursor.execute("SELECT common_name FROM country WHERE alpha2 = 'CH'")
        check(cursor.fetchone() == (None,), "the rolled back value is there")

    refused("another CA", words="CERTIFICATE_VERIFY_FAILED", ssl_ca=ENV["OTHER_CA"])
    refused("no TLS", number=3159, ssl_ca=None, ssl_verify_cert=None, ssl_verify_identity=None, ssl_disabled=True)
    refused("wrong password", number=1045, password="wrong")
    refused("empty password", number=1045, password="")
    refused("unknown user", number=1045, user="nobody")

    reader = {"user": ENV["READER"], "password": ENV["READER_PASSWORD"]}
    with connect(**reader) as conn, conn.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM country")
        check(cursor.fetchone() == (249,), "the reader cannot read")
        denied(cursor, 1142, "SELECT * FROM currency")
        denied(cursor, 1142, "DELETE FROM country")
        denied(cursor, 1142, "DROP TABLE country")

    print(f"PyMySQL {pymysql.__version__}: {checks} checks passed")


if __name__ == "__main__":
    main()
