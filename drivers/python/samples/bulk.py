"""Writes many rows: one request and one statement for a few hundred of them."""

from common import connect

ROWS, BATCH = 10_000, 500

with connect() as conn:
    cursor = conn.cursor()
    cursor.execute("DROP TABLE IF EXISTS measurement")
    cursor.execute("CREATE TABLE measurement (id INT PRIMARY KEY, value DOUBLE, note VARCHAR(40))")
    cursor.executemany("INSERT INTO measurement VALUES (?, ?, ?)", ((i, i / 7, f"row {i}") for i in range(ROWS)))
    conn.commit()
    cursor.execute("SELECT COUNT(*), SUM(id) FROM measurement")
    print(*cursor.fetchone())
