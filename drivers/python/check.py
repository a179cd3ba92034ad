"""Our Python driver and its SQLAlchemy dialect against a server; ../clients-https.sh sets LXDB_*."""

import datetime
import decimal
import hashlib
import os
import ssl
import sys
from urllib.parse import quote_plus

import sqlalchemy as sa
from sqlalchemy import orm

import lxdb

ENV = {k: os.environ["LXDB_" + k] for k in (
    "HTTPS", "CA", "OTHER_CA", "USER", "PASSWORD", "READER", "READER_PASSWORD", "DATABASE")}
HOST, PORT = ENV["HTTPS"].rsplit(":", 1)
ROWS = 100_000
checks = 0


def connect(**changes):
    options = {"host": HOST, "port": PORT, "user": ENV["USER"], "password": ENV["PASSWORD"], "database": ENV["DATABASE"], "ca": ENV["CA"]}
    options.update(changes)
    return lxdb.connect(**options)


def same(got, want, what):
    global checks
    if got != want:
        sys.exit(f"lxdb-python: {what}: {got!r} instead of {want!r}")
    checks += 1


def refused(kind, words, what, run):
    try:
        run()
    except kind as e:
        same(words in str(e), True, f"{what}: {e}")
    else:
        same("done", "refused", what)


def fingerprint(path):
    with open(path) as f:
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(f.read())).hexdigest()


def types(conn):
    cursor = conn.cursor()
    cursor.execute("DROP TABLE IF EXISTS py_t")
    cursor.execute("CREATE TABLE py_t (id INT PRIMARY KEY AUTO_INCREMENT, ub BIGINT UNSIGNED, d DOUBLE, dc DECIMAL(12,3), v VARCHAR(20), b BLOB, "
                   "dt DATE, at DATETIME(6), tm TIME, js JSON)")
    row = (2**64 - 1, 2.25, decimal.Decimal("1234567.125"), "it's \"é 😀\"", b"\x00\xff", datetime.date(2024, 2, 29),
           datetime.datetime(2024, 2, 29, 13, 14, 15, 123456), -datetime.timedelta(hours=101, minutes=2, seconds=3), '{"k": 1}')
    cursor.execute("INSERT INTO py_t (ub, d, dc, v, b, dt, at, tm, js) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    same((cursor.rowcount, cursor.lastrowid), (1, 1), "an insert")
    cursor.execute("INSERT INTO py_t (v) VALUES (?)", ("",))
    cursor.execute("SELECT ub, d, dc, v, b, dt, at, tm, js FROM py_t ORDER BY id")
    same(cursor.description[2][1] == lxdb.NUMBER and cursor.description[4][1] == lxdb.BINARY, True, "type objects")
    same(cursor.fetchone(), row, "types")
    same(cursor.fetchall(), [(None, None, None, "", None, None, None, None, None)], "NULL")
    conn.rollback()
    cursor.execute("SELECT COUNT(*) FROM py_t")
    same(cursor.fetchone(), (0,), "after the rollback")
    cursor.executemany("INSERT INTO py_t (v) VALUES (?)", [(f"row {i}",) for i in range(10)])
    conn.commit()
    same(cursor.rowcount, 10, "rows of executemany")


def large(conn):
    one, two = conn.cursor(), conn.cursor()
    one.execute(f"WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
                f"SELECT a.i * 1000 + b.i, 'some text' FROM n a, n b LIMIT {ROWS}")
    same(len(one.fetchmany(10)), 10, "the first rows")
    two.execute("SELECT 1")
    same(two.fetchone(), (1,), "another cursor in the middle")
    same(len(one.fetchall()), ROWS - 10, "the other rows")
    conn.cursor().execute("DROP TABLE py_t")


def refusals():
    refused(lxdb.OperationalError, "1045", "a wrong password", lambda: connect(password="wrong"))
    refused(lxdb.OperationalError, "CERTIFICATE_VERIFY_FAILED", "another CA", lambda: connect(ca=ENV["OTHER_CA"]))
    refused(lxdb.OperationalError, "another fingerprint", "another fingerprint", lambda: connect(ca=None, fingerprint="00" * 32))
    refused(lxdb.NotSupportedError, "clear text", "without TLS", lambda: connect(secure=False))
    connect(ca=None, fingerprint=fingerprint(ENV["CA"])).close()
    with connect(user=ENV["READER"], password=ENV["READER_PASSWORD"]) as conn:
        cursor = conn.cursor()
        cursor.execute("SELECT COUNT(*) FROM country")
        same(cursor.fetchone(), (249,), "what the reader reads")
        for sql in ("SELECT * FROM currency", "DELETE FROM country", "DROP TABLE country"):
            refused(lxdb.OperationalError, "1142", sql, lambda: cursor.execute(sql))
        refused(lxdb.ProgrammingError, "1064", "no SQL", lambda: cursor.execute("SELEC 1"))


class Base(orm.DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "py_author"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column(sa.String(40), unique=True)
    born: orm.Mapped[datetime.date]
    books: orm.Mapped[list["Book"]] = orm.relationship(back_populates="author", order_by="Book.id", cascade="all, delete-orphan")


class Book(Base):
    __tablename__ = "py_book"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    title: orm.Mapped[str] = orm.mapped_column(sa.String(100), index=True)
    price: orm.Mapped[decimal.Decimal] = orm.mapped_column(sa.Numeric(8, 2))
    out: orm.Mapped[bool] = orm.mapped_column(default=False)
    author_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("py_author.id"))
    author: orm.Mapped[Author] = orm.relationship(back_populates="books")


def sqlalchemy():
    url = f"lxdb://{ENV['USER']}:{quote_plus(ENV['PASSWORD'])}@{ENV['HTTPS']}/{ENV['DATABASE']}?ca={quote_plus(ENV['CA'])}"
    engine = sa.create_engine(url, connect_args={"secure": True}, pool_pre_ping=True)
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with orm.Session(engine) as s:
        s.add(Author(name="Ada", born=datetime.date(1815, 12, 10), books=[Book(title="Notes", price=decimal.Decimal("9.50")), Book(title="Letters", price=decimal.Decimal("12"))]))
        s.add(Author(name="Grace", born=datetime.date(1906, 12, 9)))
        s.commit()
        ada = s.scalars(sa.select(Author).where(Author.name == "Ada")).one()
        same([b.title for b in ada.books], ["Notes", "Letters"], "a relationship")
        same(ada.books[0].price, decimal.Decimal("9.50"), "a decimal")
        ada.books[0].out = True
        s.commit()
        same(s.scalar(sa.select(sa.func.count()).where(Book.out.is_(True))), 1, "an update")
        query = sa.select(Author.name, sa.func.sum(Book.price)).join(Book, isouter=True).group_by(Author.name).order_by(Author.name).limit(5)
        same([tuple(r) for r in s.execute(query)], [("Ada", decimal.Decimal("21.50")), ("Grace", None)], "a join")
        s.add(Author(name="Ada", born=datetime.date(2000, 1, 1)))
        refused(sa.exc.IntegrityError, "1062", "a duplicate key", s.commit)
        s.rollback()
    inspector = sa.inspect(engine)
    same({"py_author", "py_book"} <= set(inspector.get_table_names()), True, "tables")
    same([c["name"] for c in inspector.get_columns("py_book")], ["id", "title", "price", "out", "author_id"], "columns")
    same(inspector.get_pk_constraint("py_book")["constrained_columns"], ["id"], "the primary key")
    same(inspector.get_foreign_keys("py_book")[0]["referred_table"], "py_author", "foreign keys")
    same("ix_py_book_title" in [i["name"] for i in inspector.get_indexes("py_book")], True, "indexes")
    reflected = sa.Table("py_author", sa.MetaData(), autoload_with=engine)
    with engine.begin() as conn:
        conn.execute(reflected.insert(), [{"name": f"a{i}", "born": datetime.date(1900, 1, 1)} for i in range(100)])
        same(conn.scalar(sa.select(sa.func.count()).select_from(reflected)), 102, "many rows of a reflected table")
    Base.metadata.drop_all(engine)
    engine.dispose()


def main():
    with connect() as conn:
        types(conn)
        large(conn)
    refusals()
    sqlalchemy()
    print(f"lxdb for Python, SQLAlchemy {sa.__version__}: {checks} checks passed")


if __name__ == "__main__":
    main()
