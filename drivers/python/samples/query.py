"""Reads rows as they come."""

from common import connect, elements

with connect() as conn:
    elements(conn)
    cursor = conn.cursor()
    cursor.execute("SELECT number, name FROM element WHERE number < ? ORDER BY number", (100,))
    print([column[0] for column in cursor.description])
    for number, name in cursor:
        print(number, name)
