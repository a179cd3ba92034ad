"""The conformance cases with Python's clients: run.py CLIENT…; ../clients-https.sh sets LXDB_*."""

import datetime
import decimal
import json
import os
import re
import ssl
import sys
import threading

ENV = {k[5:]: v for k, v in os.environ.items() if k.startswith("LXDB_")}
HOST, HTTPS_PORT = ENV["HTTPS"].rsplit(":", 1)


class PyMySQL:
    def connect(self, user, password, ca):
        import pymysql
        conn = pymysql.connect(host=ENV["HOST"], port=int(ENV["PORT"]), user=user, password=password, database=ENV["DATABASE"], charset="utf8mb4",
                               ssl=ssl.create_default_context(cafile=ca), autocommit=True)
        conn.begun = conn.begin
        return conn

    def text(self, sql, bound):
        return sql.replace("%", "%%").replace("?", "%s") if bound else sql


class Ours:
    def connect(self, user, password, ca):
        import lxdb
        conn = lxdb.connect(host=HOST, port=HTTPS_PORT, user=user, password=password, database=ENV["DATABASE"], ca=ca, autocommit=True)
        conn.begun = lambda: conn.cursor().execute("BEGIN")
        return conn

    def text(self, sql, bound):
        return sql


class Phoenix:
    def connect(self, user, password, ca):
        import phoenixdb
        conn = phoenixdb.connect(f"https://{ENV['HTTPS']}/", truststore=ca, authentication="BASIC", avatica_user=user, avatica_password=password,
                                 autocommit=True, database=ENV["DATABASE"])

        def begun():
            conn.autocommit = False
        conn.begun = begun
        return conn

    def ended(self, conn):
        conn.autocommit = True

    def text(self, sql, bound):
        return sql

    def tables(self, conn, pattern):
        return [t["TABLE_NAME"] for t in conn.meta().get_tables(catalog=ENV["DATABASE"], tableNamePattern=pattern)]

    def columns(self, conn, table):
        return [c["COLUMN_NAME"] for c in conn.meta().get_columns(catalog=ENV["DATABASE"], tableNamePattern=table)]

    def key(self, conn, table):
        return [c["COLUMN_NAME"] for c in conn.meta().get_primary_keys(catalog=ENV["DATABASE"], table=table)]


class ODBC:
    def connect(self, user, password, ca):
        import pyodbc
        driver = next(d for d in pyodbc.drivers() if "maria" in d.lower())
        conn = pyodbc.connect(f"Driver={{{driver}}};Server={ENV['HOST']};Port={ENV['PORT']};Database={ENV['DATABASE']};Uid={user};Pwd={password};"
                              f"SSLCA={ca};SSLVERIFY=1;FORCETLS=1;Charset=utf8mb4", autocommit=True)
        conn.setencoding(encoding="utf-8")  # long texts arrive garbled otherwise
        return conn

    def begun(self, conn):
        conn.autocommit = False

    def ended(self, conn):
        conn.autocommit = True

    def text(self, sql, bound):
        return sql

    def tables(self, conn, pattern):
        return [r.table_name for r in conn.cursor().tables(catalog=ENV["DATABASE"], table=pattern)]

    def columns(self, conn, table):
        return [r.column_name for r in conn.cursor().columns(catalog=ENV["DATABASE"], table=table)]

    def key(self, conn, table):
        return [r.column_name for r in conn.cursor().primaryKeys(catalog=ENV["DATABASE"], table=table)]


CLIENTS = {"pymysql": PyMySQL, "lxdb-python": Ours, "phoenixdb": Phoenix, "pyodbc": ODBC}


def bind(value, kind=None):
    """A case's value as Python's; kind is another than its own."""
    if value is None:
        return None
    if kind == "int" and value[0] == "bytes":
        return int(value[1], 16)
    kind, text = kind or value[0], value[1]
    if text.startswith("repeat:"):
        text = ("ab" if kind == "bytes" else "x") * int(text[7:])
    return {
        "int": int, "bool": lambda t: t == "1", "decimal": decimal.Decimal, "double": float, "text": str, "bytes": bytes.fromhex,
        "date": datetime.date.fromisoformat, "time": datetime.time.fromisoformat,
        "datetime": datetime.datetime.fromisoformat,
    }[kind](text)


def fraction(micros):
    return f".{micros:06}".rstrip("0") if micros else ""


def shown(v):
    """What came out, as the cases write it."""
    if v is None:
        return None
    if isinstance(v, bool):
        return "1" if v else "0"
    if isinstance(v, (bytes, bytearray)):
        return v.hex()
    if isinstance(v, decimal.Decimal):
        return format(v, "f")
    if isinstance(v, datetime.datetime):
        return v.replace(microsecond=0).isoformat(" ") + fraction(v.microsecond)
    if isinstance(v, datetime.date):
        return v.isoformat()
    if isinstance(v, datetime.time):
        return v.replace(microsecond=0).isoformat() + fraction(v.microsecond)
    if isinstance(v, datetime.timedelta):
        sign, v = ("-", -v) if v < datetime.timedelta(0) else ("", v)
        seconds = v.days * 86400 + v.seconds
        return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}" + fraction(v.microseconds)
    return str(v)


class Wrong(Exception):
    pass


def same(got, want, what):
    if got != want:
        raise Wrong(f"{what}: {str(got)[:200]} instead of {str(want)[:200]}")


class Run:
    def __init__(self, name):
        self.name, self.client, self.conns = name, CLIENTS[name](), {}

    def connect(self, how):
        user, password = ENV["USER"], ENV["PASSWORD"]
        if how.get("as") == "reader":
            user, password = ENV["READER"], ENV["READER_PASSWORD"]
        conn = self.client.connect(how.get("user", user), how.get("password", password), ENV["OTHER_CA"] if how.get("ca") == "other" else ENV["CA"])
        try:
            conn.cursor().execute("SELECT 1")  # some open at the first statement
        except BaseException:
            conn.close()
            raise
        return conn

    def on(self, n, how):
        if n not in self.conns:
            self.conns[n] = self.connect(how)
        return self.conns[n]

    def execute(self, conn, sql, params=(), kind=None):
        cursor = conn.cursor()
        values = [bind(p, kind) for p in params]
        text = self.client.text(sql, bool(values))
        cursor.execute(text, values) if values else cursor.execute(text)
        return cursor

    def rows(self, conn, sql, params=()):
        return [[shown(v) for v in row] for row in self.execute(conn, sql, params).fetchall()]

    def meta(self, what, conn, arg):
        own = getattr(self.client, what, None)
        if own is not None:
            return own(conn, arg)
        sql = {
            "tables": "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE ?",
            "columns": "SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION",
            "key": "SELECT COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND CONSTRAINT_NAME = 'PRIMARY'",
        }[what]
        return [r[0] for r in self.rows(conn, sql, [["text", arg]])]

    def cancelled(self, conn, sql):
        number = self.rows(conn, "SELECT CONNECTION_ID()")[0][0]
        done = threading.Event()

        def stop():
            while not done.wait(0.5):
                other = self.connect({})
                try:
                    other.cursor().execute(f"KILL QUERY {number}")
                finally:
                    other.close()
        watcher = threading.Thread(target=stop)
        watcher.start()
        try:
            self.rows(conn, sql)
        except Exception as e:
            same("1317" in str(e), True, f"the error 1317, not {e}")
            return
        finally:
            done.set()
            watcher.join()
        raise Wrong("the cancelled statement went on")

    def step(self, step, case, allowed):
        conn = self.on(step.get("on", 1), case.get("connect", {}))
        if "begin" in step:
            self.client.begun(conn) if hasattr(self.client, "begun") else conn.begun()
        elif "commit" in step or "rollback" in step:
            conn.commit() if "commit" in step else conn.rollback()
            if hasattr(self.client, "ended"):
                self.client.ended(conn)
        elif "batch" in step:
            rows = [(i, f"row {i}") for i in range(step["from"], step["to"] + 1)]
            conn.cursor().executemany(self.client.text(step["batch"], True), rows)
        elif "count" in step:
            n = total = 0
            for row in self.execute(conn, step["count"]):
                n, total = n + 1, total + int(row[0])
            same((n, total), (step["want"], step["want"] * (step["want"] + 1) // 2), "rows and their sum")
        elif "cancel" in step:
            self.cancelled(conn, step["cancel"])
        elif "sql" in step:
            cursor = self.execute(conn, step["sql"], step.get("params", ()))
            if "rows" in step:
                same([[shown(v) for v in row] for row in cursor.fetchall()], step["rows"], step["sql"])
            if "affected" in step:
                same(cursor.rowcount, step["affected"], "rows affected by " + step["sql"])
        else:
            what = next(k for k in ("tables", "columns", "key") if k in step)
            same(self.meta(what, conn, step[what]), allowed.get(what, step["want"]), what)

    def types(self, case, allowed):
        conn = self.on(1, {})
        self.execute(conn, "DROP TABLE IF EXISTS cf_t")
        self.execute(conn, f"CREATE TABLE cf_t (id INT PRIMARY KEY, v {case['type']})")
        for i, value in enumerate(case["values"]):
            self.execute(conn, "INSERT INTO cf_t VALUES (?, ?)", [["int", str(i)], value], allowed.get("as"))
        want = allowed.get("out") or [None if v is None else shown(bind(v)) for v in case["values"]]
        same([r[0] for r in self.rows(conn, "SELECT v FROM cf_t ORDER BY id")], want, "read by a text")
        for i, v in enumerate(want):
            same(self.rows(conn, "SELECT v FROM cf_t WHERE id = ?", [["int", str(i)]]), [[v]], "read by a prepared statement")
        self.execute(conn, "DROP TABLE cf_t")

    def failing(self, want, run):
        """Runs what must fail with an error number, or "tls"."""
        try:
            run()
        except Wrong:
            raise
        except Exception as e:
            text = f"{type(e).__name__} {e}"
            ok = re.search("certificate|CERTIFICATE", text) if want == "tls" else re.search(rf"\b{want}\b", text)
            same(bool(ok), True, f"the error {want}, not {text}")
            return
        raise Wrong(f"no error {want}")

    def case(self, case):
        allowed = case.get("except", {}).get(self.name)
        if allowed and allowed.get("skip"):
            return "none", allowed["note"]
        a = allowed or {}
        if "type" in case:
            self.failing(a["error"], lambda: self.types(case, a)) if "error" in a else self.types(case, a)
        elif "error" in case:
            self.failing(a.get("error", case["error"]), lambda: self.connect(case["connect"]).close())
        for step in case.get("steps", ()):
            want = a.get("error") if step.get("limited") else step.get("error")
            self.failing(want, lambda: self.step(step, case, a)) if want else self.step(step, case, a)
        return ("limit", a["note"]) if allowed else ("ok", "")

    def run(self, cases):
        for case in cases:
            try:
                result, note = self.case(case)
            except Exception as e:  # of the client: any
                result, note = "failed", f"{type(e).__name__}: {e}"
            print(json.dumps({"client": self.name, "case": case["name"], "result": result, "note": note[:500]}), flush=True)
            for conn in self.conns.values():
                try:
                    conn.close()
                except Exception:
                    pass
            self.conns = {}


if __name__ == "__main__":
    with open(os.path.join(os.path.dirname(__file__), "cases.json"), encoding="utf-8") as f:
        cases = json.load(f)["cases"]
    for name in sys.argv[1:]:
        Run(name).run(cases)
