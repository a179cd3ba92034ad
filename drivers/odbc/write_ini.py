#!/usr/bin/env python3
"""Writes odbcinst.ini and odbc.ini for MariaDB Connector/ODBC from the ini file of the LeanXcale guide.

    write_ini.py INI --ca ca.crt --out DIR                            # Port is the MySQL port
    write_ini.py INI --ca ca.crt --out DIR --tunnel 127.0.0.1:3307    # Port is the HTTPS port, 1529

INI has a section for each data source, with the guide's keys: Driver, Description, Server, Port, Database, UserName, Password, Encoding,
Trace and Secure = True. CA names a file for one section. What is not known is refused, and so is Secure = False.
"""

import argparse
import configparser
import glob
import os
import sys

DRIVERS = ["/usr/lib/*/odbc/libmaodbc.so", "/usr/lib64/libmaodbc.so", "/usr/lib/libmaodbc.so", "/usr/local/lib/libmaodbc.so", "/opt/homebrew/lib/libmaodbc.dylib"]
KEYS = {"driver", "description", "server", "port", "database", "username", "password", "encoding", "trace", "secure", "ca"}


def fail(text):
    sys.exit("write_ini: " + text)


def library(named):
    if named:
        return os.path.abspath(named)
    found = [p for pattern in DRIVERS for p in sorted(glob.glob(pattern))]
    if not found:
        fail("MariaDB Connector/ODBC is not installed: on Debian, apt install odbc-mariadb; else name its library with --library")
    return found[0]


def source(name, keys, ca, tunnel):
    """The lines of one data source."""
    for key in keys:
        if key not in KEYS:
            fail(f"[{name}] has an unknown key, {key}")
    if keys.get("secure", "").lower() not in ("true", "yes", "1"):
        fail(f"[{name}] must have Secure = True: there is no clear text")
    if not keys.get("server"):
        fail(f"[{name}] has no Server")
    if keys.get("encoding", "WCHAR_T").upper() not in ("WCHAR_T", "UTF-8", "UTF8"):
        fail(f"[{name}] has the Encoding {keys['encoding']}: WCHAR_T and UTF-8 are known")
    ca = keys.get("ca", ca)
    if not ca or not os.path.isfile(ca):
        fail(f"[{name}] has no CA certificate: name ca.crt with --ca")
    server, port = keys["server"], keys.get("port", "1529")
    if tunnel:
        host, _, listen = tunnel.rpartition(":")
        print(f"[{name}] needs: lxdb tunnel {server}:{port} --ca {ca} --listen {tunnel}")
        server, port = host, listen
    elif port == "1529":
        fail(f"[{name}]: 1529 is an HTTPS port, which ODBC reaches by a tunnel: name one with --tunnel 127.0.0.1:3307, or give the MySQL port")
    lines = {
        "Driver": "lxdb", "Description": keys.get("description", "lxdb"), "SERVER": server, "PORT": port, "DATABASE": keys.get("database", ""),
        "UID": keys.get("username", ""), "PWD": keys.get("password", ""), "CHARSET": "utf8mb4",
        "FORCETLS": "1", "SSLVERIFY": "1", "SSLCA": os.path.abspath(ca),
    }
    return [f"[{name}]"] + [f"{k} = {v}" for k, v in lines.items() if v] + [""]


def write(path, lines):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as f:  # it may have a password
        f.write("\n".join(lines))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ini")
    parser.add_argument("--name", default="lxdb", help="of the data source in a file without a line [NAME]")
    parser.add_argument("--ca", help="file with the CA certificate")
    parser.add_argument("--out", default=".", help="directory for odbcinst.ini and odbc.ini")
    parser.add_argument("--tunnel", help="address where lxdb tunnel listens")
    parser.add_argument("--library", help="file of Connector/ODBC")
    args = parser.parse_args()
    given = configparser.ConfigParser(interpolation=None)
    try:
        with open(args.ini, encoding="utf-8") as f:
            text = f.read()
    except (OSError, UnicodeDecodeError) as e:
        fail(f"{args.ini} cannot be read: {e}")
    first = next((line.strip() for line in text.splitlines() if line.strip() and line.strip()[0] not in "#;"), "")
    if not first.startswith("["):
        text = f"[{args.name}]\n{text}"
    try:
        given.read_string(text)
    except configparser.Error as e:
        fail(f"{args.ini} is no ini file, line {getattr(e, 'lineno', '?')}")  # its text may be a password
    sources, trace = [], False
    for name in given.sections():
        keys = dict(given[name])
        sources += source(name, keys, args.ca, args.tunnel)
        trace = trace or keys.get("trace", "no").lower() in ("yes", "true", "1", "on")
    os.makedirs(args.out, exist_ok=True)
    write(os.path.join(args.out, "odbcinst.ini"), (["[ODBC]", "Trace = Yes", f"TraceFile = {os.path.join(os.path.abspath(args.out), 'odbc.log')}", ""] if trace else [])
          + ["[lxdb]", "Description = MariaDB Connector/ODBC for lxdb", f"Driver = {library(args.library)}", ""])
    write(os.path.join(args.out, "odbc.ini"), sources)
    print(f"export ODBCSYSINI={os.path.abspath(args.out)} ODBCINI={os.path.join(os.path.abspath(args.out), 'odbc.ini')}")


if __name__ == "__main__":
    main()
