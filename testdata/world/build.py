#!/usr/bin/env python3
"""Build the world data set from Debian's packages iso-codes and tzdata.

    apt-get install iso-codes tzdata
    python3 testdata/world/build.py

Writes one CSV file for each table of schema.sql, the counts in README.md, and
the expected results of queries/*.sql (computed with SQLite, which shares no
code with lxdb). Nothing is added to the facts of the packages: columns are
renamed, parents of subdivisions get their country prefix, and coordinates are
turned from degrees, minutes and seconds into degrees. The output depends on the
versions of the packages only, which README.md names.

Rows are sorted by key; subdivisions stand after their parents, so that the
files load row by row with foreign keys on. An empty field means NULL.
"""

import csv
import io
import json
import pathlib
import re
import sqlite3
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ISO = pathlib.Path("/usr/share/iso-codes/json")
ZONEINFO = pathlib.Path("/usr/share/zoneinfo")


def iso(part):
    """Return the records of one standard, such as 3166-1."""
    return json.loads((ISO / f"iso_{part}.json").read_text("utf-8"))[part]


def countries():
    yield ["alpha2", "alpha3", "num", "name", "official_name", "common_name", "flag"]
    for r in sorted(iso("3166-1"), key=lambda r: r["alpha_2"]):
        yield [r["alpha_2"], r["alpha_3"], r["numeric"], r["name"],
               r.get("official_name"), r.get("common_name"), r["flag"]]


def subdivisions():
    yield ["code", "country", "name", "type", "parent"]
    rows = {}
    for r in iso("3166-2"):
        country = r["code"].split("-")[0]
        parent = r.get("parent")
        if parent and "-" not in parent:
            parent = f"{country}-{parent}"
        rows[r["code"]] = [r["code"], country, r["name"], r["type"], parent]

    def depth(code):
        parent = rows[code][4]
        return 0 if not parent else 1 + depth(parent)

    yield from sorted(rows.values(), key=lambda r: (r[1], depth(r[0]), r[0]))


def currencies():
    yield ["alpha3", "num", "name"]
    for r in sorted(iso("4217"), key=lambda r: r["alpha_3"]):
        yield [r["alpha_3"], r["numeric"], r["name"]]


def languages():
    yield ["alpha3", "alpha2", "bibliographic", "name", "inverted_name", "scope", "type"]
    for r in sorted(iso("639-3"), key=lambda r: r["alpha_3"]):
        yield [r["alpha_3"], r.get("alpha_2"), r.get("bibliographic"), r["name"],
               r.get("inverted_name"), r["scope"], r["type"]]


def scripts():
    yield ["alpha4", "num", "name"]
    for r in sorted(iso("15924"), key=lambda r: r["alpha_4"]):
        yield [r["alpha_4"], r["numeric"], r["name"]]


def degrees(text, width):
    """Turn ±DDMM or ±DDMMSS (width 2), ±DDDMM… (width 3) into degrees."""
    sign, digits = text[0], text[1:]
    value = int(digits[:width]) * 3600 + int(digits[width:width + 2]) * 60 + int(digits[width + 2:] or 0)
    # Whole seconds, rounded half up to six digits: no float on the way.
    micro = (value * 1_000_000 * 2 + 3600) // 7200
    return f"{'-' if sign == '-' and micro else ''}{micro // 1_000_000}.{micro % 1_000_000:06d}"


def timezones():
    yield ["name", "country", "latitude", "longitude", "comment"]
    rows = []
    for line in (ZONEINFO / "zone.tab").read_text("ascii").splitlines():
        if line.startswith("#"):
            continue
        country, where, name, *comment = line.split("\t")
        latitude, longitude = re.fullmatch(r"([+-]\d+)([+-]\d+)", where).groups()
        rows.append([name, country, degrees(latitude, 2), degrees(longitude, 3), comment[0] if comment else None])
    yield from sorted(rows)


# In load order: referenced tables first.
TABLES = {
    "country": countries,
    "subdivision": subdivisions,
    "currency": currencies,
    "language": languages,
    "script": scripts,
    "timezone": timezones,
}


def to_csv(rows):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def version(package):
    return subprocess.run(["dpkg-query", "-W", "-f=${Version}", package],
                          check=True, capture_output=True, text=True).stdout


def sqlite_world(data):
    """Load the rows into SQLite by the same schema.sql."""
    db = sqlite3.connect(":memory:")
    schema = (HERE / "schema.sql").read_text("utf-8")
    # SQLite declares secondary indexes outside of tables; it needs none here.
    schema = re.sub(r",\n\s+INDEX [^\n]*\)", "", schema)
    schema = re.sub(r"UNIQUE INDEX \w+ ", "UNIQUE ", schema)
    db.executescript("PRAGMA foreign_keys = ON;" + schema)
    for table, (header, *rows) in data.items():
        marks = ",".join("?" * len(header))
        db.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
    db.commit()
    return db


def text(value):
    if value is None:
        return "NULL"
    # SQLite's coordinates are floats; schema.sql says DECIMAL(9, 6).
    return f"{value:.6f}" if isinstance(value, float) else str(value)


def tsv(cursor):
    """Write a result as `mariadb --batch` does."""
    lines = ["\t".join(c[0] for c in cursor.description)]
    lines += ["\t".join(map(text, row)) for row in cursor]
    return "\n".join(lines) + "\n"


def main():
    data = {table: list(make()) for table, make in TABLES.items()}
    for table, rows in data.items():
        (HERE / f"{table}.csv").write_text(to_csv(rows), "utf-8")

    db = sqlite_world(data)
    for query in sorted((HERE / "queries").glob("*.sql")):
        query.with_suffix(".tsv").write_text(tsv(db.execute(query.read_text("utf-8"))), "utf-8")

    counts = "".join(f"| `{t}` | {len(rows) - 1} |\n" for t, rows in data.items())
    counts += f"| all | {sum(len(rows) - 1 for rows in data.values())} |\n"
    readme = HERE / "README.md"
    page = re.sub(r"(?s)(\| table \| rows \|\n\|---\|---:\|\n).*?\n(?=\n)", lambda m: m.group(1) + counts,
                  readme.read_text("utf-8"))
    for package in ("iso-codes", "tzdata"):
        page = re.sub(rf"(`{package}` )\S+(?=,)", lambda m: m.group(1) + version(package), page)
    readme.write_text(page, "utf-8")
    sys.stdout.write(counts)


if __name__ == "__main__":
    main()
