"""Reads a table three times and prints the rows and the seconds of the fastest: ../https_test.go runs it."""

import os
import sys
import time

ENV = os.environ


def connect(client):
    host, _, port = ENV["LXDB_HTTPS"].rpartition(":")
    if client == "lxdb":
        import lxdb

        return lxdb.connect(host=host, port=port, user="root", password=ENV["LXDB_PASSWORD"], ca=ENV["LXDB_CA"])
    if client == "phoenixdb":
        import phoenixdb

        return phoenixdb.connect(f"https://{ENV['LXDB_HTTPS']}/", authentication="BASIC", avatica_user="root", avatica_password=ENV["LXDB_PASSWORD"],
                                 truststore=ENV["LXDB_CA"], autocommit=True)
    import pymysql

    host, _, port = ENV["LXDB_MYSQL"].rpartition(":")
    return pymysql.connect(host=host, port=int(port), user="root", password=ENV["LXDB_PASSWORD"], ssl_ca=ENV["LXDB_CA"])


times = []
conn = connect(sys.argv[1])
for _ in range(3):
    began = time.monotonic()
    cursor = conn.cursor()
    cursor.execute(ENV["LXDB_QUERY"])
    rows = len(cursor.fetchall())
    times.append(time.monotonic() - began)
print(rows, min(times))
