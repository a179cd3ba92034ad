"""Runs one statement with several values: the server keeps what it made of a text that comes again."""

from common import connect, elements

with connect() as conn:
    elements(conn)
    cursor = conn.cursor()
    for number in (88, 84, 88):
        cursor.execute("SELECT name FROM element WHERE number = ?", (number,))
        print(number, *cursor.fetchone())
