#!/usr/bin/env python3
"""lxdb sql as a person at a terminal meets it; ../clients-https.sh sets LXDB_*, and LXDB, the binary."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

ENV = {k[5:]: v for k, v in os.environ.items() if k.startswith("LXDB_")}
PROMPT, REST = "lxdb> ", "   -> "
checks = 0


def check(ok, what):
    global checks
    if not ok:
        sys.exit(f"lxdb sql: {what}")
    checks += 1


class Terminal:
    """A shell in a terminal of 24 lines."""

    def __init__(self, home, *args, **env):
        self.seen = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            full = dict(os.environ, TERM="xterm", HOME=home, **env)
            full.pop("PAGER", None)
            os.execve(os.environ["LXDB"], [os.environ["LXDB"], "sql", f"lxdb://{ENV['USER']}@{ENV['HTTPS']}/{ENV['DATABASE']}", "--ca", ENV["CA"], *args], full)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))

    def wait(self, pattern, what, seconds=20):
        """Reads until a pattern comes, and returns what came to there."""
        end = time.monotonic() + seconds
        while True:
            m = re.search(pattern, self.seen)
            if m:
                out, self.seen = self.seen[:m.end()], self.seen[m.end():]
                return out
            if time.monotonic() > end:
                sys.exit(f"lxdb sql: {what}: {pattern!r} does not come, but {self.seen[-500:]!r}")
            if select.select([self.fd], [], [], 0.2)[0]:
                try:
                    self.seen += os.read(self.fd, 65536).decode(errors="replace")
                except OSError:
                    sys.exit(f"lxdb sql: {what}: it has ended: {self.seen[-500:]!r}")

    def type(self, keys):
        os.write(self.fd, keys.encode())

    def ask(self, line, what, prompt=PROMPT):
        """Types a line and returns what is said up to the next prompt."""
        self.type(line + "\r")
        return self.wait(re.escape(prompt), what)

    def end(self, what):
        """Waits for the end, as a person does, and returns the exit status."""
        limit = time.monotonic() + 20
        while time.monotonic() < limit:
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self.fd, 65536).decode(errors="replace")
                except OSError:
                    break
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def talk(home):
    t = Terminal(home, LXDB_PAGER="sed s/^/PAGED:/")
    t.wait(PROMPT, "the first prompt")
    check("Switzerland" in t.ask("SELECT name FROM country WHERE alpha3 = 'CHE';", "a statement"), "a row")
    t.ask("SELECT alpha2", "the beginning of a statement", REST)
    check("CH" in t.ask("  FROM country WHERE alpha3 = 'CHE';", "its end"), "a statement of two lines")
    check(re.search(r"1 row \(\d+\.\d+ s\)", t.ask("SELECT 1;", "a time")), "the time of a statement")
    check("official_name" in t.ask(r"\d country", r"\d"), "the columns of a table")
    check("world" in t.ask(r"\l", r"\l") and "country" in t.ask(r"\d", r"\d"), "databases and tables")
    check("*** 1. row ***" in t.ask(r"SELECT 1 AS one\G", r"\G"), "a line for each value")
    t.ask(r"\f json", r"\f")
    check('{"one":1}' in t.ask("SELECT 1 AS one;", "JSON"), "JSON")
    t.ask(r"\f csv", r"\f")
    check("one,two" in t.ask("SELECT 1 AS one, 2 AS two;", "CSV"), "CSV")
    t.ask(r"\f table", r"\f")
    check("1146" in t.ask("SELECT * FROM nope;", "an error"), "an error, and it goes on")

    t.type("sel\t")
    t.wait("select", "completion of a keyword")
    t.type(" * from countr\t")
    t.wait("country", "completion of a table")
    t.type("\x03")
    t.wait(PROMPT, "^C at the prompt gives up the line")
    t.type("SE\t")
    check("SECURITY" in t.wait(r"SE\s*$", "what a word may become"), "a list of names")
    t.type("\x03")
    t.wait(PROMPT, "^C again")

    out = t.ask("SELECT alpha2 FROM country;", "a long result")
    check(out.count("PAGED:") > 100, "a long result goes through the pager")
    check("PAGED:" not in t.ask("SELECT alpha2 FROM country LIMIT 3;", "a short result"), "a short one does not")
    t.ask(r"\p head -3", r"\p")
    check("PAGED:" not in t.ask("SELECT alpha2 FROM country;", "a pager that is left"), "another pager")
    t.ask(r"\p", r"\p")
    check("249 rows" in t.ask("SELECT alpha2 FROM country;", "no pager"), "no pager")

    t.type("SELECT SLEEP(60) FROM country;\r")
    t.wait(r"running for \d+ s.*\^C cancels", "progress")
    t.type("\x03")
    check("interrupted" in t.wait(PROMPT, "^C in a statement"), "^C cancels the statement")
    check("1 row" in t.ask("SELECT 1;", "after ^C"), "the session goes on after ^C")

    session = re.findall(r"\b\d{2,}\b|\b\d\b", t.ask("SELECT CONNECTION_ID() AS id;", "the session's number").split("id", 2)[2])[0]
    subprocess.run([os.environ["LXDB"], "sql", f"lxdb://{ENV['USER']}@{ENV['HTTPS']}", "--ca", ENV["CA"], "-q", "-e", f"KILL {session}"], check=True)
    check("Connected again" in t.ask("SELECT 1;", "a session that was closed"), "a new session for one that was closed")
    check("world" in t.ask("SELECT DATABASE();", "the new session"), "the new session begins in the same database")

    t.type("\x1b[200~SELECT\t1 AS pasted;\r\x1b[201~")
    check("pasted" in t.wait(r"1 row", "a paste"), "a tab in what is pasted")
    t.wait(PROMPT, "after the paste")
    script = os.path.join(home, "script.sql")
    with open(script, "w") as f:
        f.write("SELECT 'from a file' AS a; -- and\nSELECT 2 AS b;\n")
    check("from a file" in t.ask(rf"\i {script}", r"\i"), "a file")
    t.ask("CREATE USER IF NOT EXISTS sh_guest", "a statement with a password", REST)
    t.ask("IDENTIFIED BY 'Not-For-History-1'", "its password", REST)
    t.ask(";", "its end")
    t.ask("DROP USER sh_guest;", "its end")
    t.type("\x04")
    check(t.end("^D") == 0, "^D leaves")

    path = os.path.join(home, ".lxdb_history")
    with open(path) as f:
        kept = f.read()
    check(oct(os.stat(path).st_mode & 0o777) == "0o600", "the history is the user's alone")
    check("alpha3 = 'CHE'" in kept and "Not-For-History" not in kept and "IDENTIFIED" not in kept, "what the history keeps")


def again(home):
    t = Terminal(home, "-q")
    t.wait(PROMPT, "the second session")
    t.type("\x1b[A")
    check("sh_guest" in t.wait("sh_guest", "the last line of an earlier session"), "the history of an earlier session")
    t.type("\x03")
    t.wait(PROMPT, "^C")
    t.type("\\q\r")
    check(t.end(r"\q") == 0, r"\q leaves")


def password(home):
    """The password is asked for, and not echoed."""
    env = dict(os.environ)
    secret = os.environ.pop("LXDB_PASSWORD")
    try:
        t = Terminal(home, "-q")
        t.wait("Password of root: ", "the question for the password")
        t.type(secret + "\r")
        check(secret not in t.wait(PROMPT, "the prompt after the password"), "the password is not shown")
        t.type("\x04")
        check(t.end("^D") == 0, "^D leaves")
        t = Terminal(home, "-q")
        t.wait("Password of root: ", "the question for the password")
        t.type("wrong\r")
        status = t.end("a wrong password")
        check(status != 0 and "1045" in t.seen, "a wrong password is refused")
    finally:
        os.environ.update(env)


def main():
    signal.alarm(300)
    with tempfile.TemporaryDirectory() as home:
        talk(home)
        again(home)
        password(home)
    print(f"lxdb sql at a terminal: {checks} checks passed")


if __name__ == "__main__":
    main()
