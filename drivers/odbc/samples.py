"""pyodbc with a data source of write_ini.py: what programs do, one function each.

    LXDB_PASSWORD=… python3 samples.py DSN
"""

import os
import sys

import pyodbc


def connect(dsn, **login):
    conn = pyodbc.connect(dsn=dsn, autocommit=True, **login)
    conn.setencoding(encoding="utf-8")  # long texts arrive garbled otherwise
    return conn


def query(conn):
    for me, database in conn.execute("SELECT CURRENT_USER(), DATABASE()"):
        print(me, "in", database)


def prepared(conn):
    conn.execute("INSERT INTO sample_element VALUES (?, ?, ?)", 1, "hydrogen", "1.0080")
    print(*conn.execute("SELECT name, mass FROM sample_element WHERE number = ?", 1).fetchone())


def transaction(conn):
    conn.autocommit = False
    conn.execute("UPDATE sample_element SET mass = 0")
    conn.rollback()
    conn.execute("UPDATE sample_element SET mass = 1.0078")
    conn.commit()
    conn.autocommit = True
    print("rolled back, then committed")


def denied(dsn, conn):
    """A right that is missing is error 1142, and the connection goes on."""
    conn.execute("CREATE USER sample_guest IDENTIFIED BY 'Not-For-Long-1'")
    conn.execute("GRANT READ ON TABLE sample_element TO sample_guest")
    guest = connect(dsn, uid="sample_guest", pwd="Not-For-Long-1")
    try:
        guest.execute("DELETE FROM sample_element")
    except pyodbc.Error as e:
        print("denied:", e.args[0], "1142" in e.args[1])
    guest.close()
    conn.execute("DROP USER sample_guest")


def bulk(conn):
    conn.autocommit = False
    conn.cursor().executemany("INSERT INTO sample_element (number, name) VALUES (?, ?)", [(i, f"element {i}") for i in range(1000, 6000)])
    conn.commit()
    conn.autocommit = True
    print(len(conn.execute("SELECT number FROM sample_element").fetchall()), "rows read")


def main():
    dsn = sys.argv[1]
    conn = connect(dsn, pwd=os.environ["LXDB_PASSWORD"])
    query(conn)
    conn.execute("CREATE TABLE sample_element (number INT PRIMARY KEY, name VARCHAR(20), mass DECIMAL(9,4))")
    try:
        prepared(conn)
        transaction(conn)
        denied(dsn, conn)
        bulk(conn)
    finally:
        conn.execute("DROP TABLE sample_element")
        conn.close()


if __name__ == "__main__":
    main()
