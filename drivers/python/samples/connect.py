"""Connects, and says who and where one is."""

from common import connect

with connect() as conn:
    cursor = conn.cursor()
    cursor.execute("SELECT CURRENT_USER(), VERSION()")
    user, version = cursor.fetchone()
    print("connected as", user, "to", version)
