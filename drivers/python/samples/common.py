"""Where the server is: the environment says it."""

import os

import lxdb


def connect(**changes):
    host, _, port = os.environ["LXDB_HTTPS"].rpartition(":")
    options = {
        "host": host, "port": int(port), "user": os.environ.get("LXDB_USER", "root"), "password": os.environ["LXDB_PASSWORD"],
        "ca": os.environ["LXDB_CA"], "database": os.environ.get("LXDB_DATABASE", ""),
    }
    return lxdb.connect(**{**options, **changes})


def elements(conn):
    """A table to play with."""
    cursor = conn.cursor()
    cursor.execute("CREATE TABLE IF NOT EXISTS element (number INT PRIMARY KEY, name VARCHAR(40) NOT NULL)")
    cursor.execute("REPLACE INTO element VALUES (?, ?), (?, ?)", (84, "polonium", 88, "radium"))
    conn.commit()
