"""What was not granted is refused, with MySQL's number and a reason."""

import secrets

import lxdb
from common import connect, elements

password = secrets.token_hex(16)
with connect() as conn:
    elements(conn)
    cursor = conn.cursor()
    cursor.execute("SELECT DATABASE()")
    database = cursor.fetchone()[0]
    cursor.execute("DROP USER IF EXISTS py_visitor")
    cursor.execute("CREATE USER py_visitor IDENTIFIED BY ?".replace("?", "'" + password + "'"))
    cursor.execute(f"GRANT READ ON TABLE `{database}`.element TO py_visitor")

with connect(user="py_visitor", password=password) as conn:
    cursor = conn.cursor()
    cursor.execute("SELECT COUNT(*) FROM element WHERE number IN (84, 88)")
    print("may read:", *cursor.fetchone())
    try:
        cursor.execute("DELETE FROM element")
    except lxdb.OperationalError as e:
        print("denied:", e.args[0], e.sqlstate)

try:
    connect(user="py_visitor", password="wrong")
except lxdb.OperationalError as e:
    print("wrong password:", e.args[0])
