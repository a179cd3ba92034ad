"""Changes rows, and takes the change back."""

from common import connect, elements

with connect() as conn:
    elements(conn)
    cursor = conn.cursor()
    cursor.execute("UPDATE element SET name = ? WHERE number = ?", ("Po", 84))
    print("in the transaction:", conn.in_transaction, cursor.rowcount)
    conn.rollback()
    cursor.execute("SELECT name FROM element WHERE number = 84")
    print("after the rollback:", cursor.fetchone()[0])
    conn.commit()
