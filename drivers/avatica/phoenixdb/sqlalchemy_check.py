"""SQLAlchemy through phoenixdb's own dialect, which is not complete; ../../clients-https.sh sets LXDB_*."""

import os
import sys

import sqlalchemy as sa

ENV = {k[5:]: v for k, v in os.environ.items() if k.startswith("LXDB_")}
checks = 0


def same(got, want, what):
    global checks
    if got != want:
        sys.exit(f"SQLAlchemy by phoenixdb: {what}: {got!r} instead of {want!r}")
    checks += 1


def engine(user, password, ca):
    return sa.create_engine(f"phoenix://{ENV['HTTPS']}", tls=True, path="/", connect_args={
        "truststore": ca, "authentication": "BASIC", "avatica_user": user, "avatica_password": password, "autocommit": True, "database": ENV["DATABASE"]})


def refused(words, what, e):
    try:
        with e.connect() as c:
            c.execute(sa.text("SELECT 1"))
    except Exception as err:
        same(words in f"{type(err)} {err}", True, f"{what}: {err}")
    else:
        same("connected", "refused", what)


def main():
    e = engine(ENV["USER"], ENV["PASSWORD"], ENV["CA"])
    meta = sa.MetaData()
    t = sa.Table("ph_sa", meta, sa.Column("id", sa.Integer), sa.Column("v", sa.String(20)), sa.PrimaryKeyConstraint("id", name="pk"))
    with e.connect() as c:
        c.execute(sa.text("DROP TABLE IF EXISTS ph_sa"))
        c.execute(sa.text("CREATE TABLE ph_sa (id INT PRIMARY KEY, v VARCHAR(20))"))
        c.execute(t.insert(), [{"id": i, "v": f"it's {i}"} for i in range(10)])
        c.commit()
        same(c.execute(sa.select(t.c.v).where(t.c.id == 3)).scalar(), "it's 3", "a bound parameter")
        same(c.execute(sa.select(sa.func.count()).select_from(t)).scalar(), 10, "a count")
        c.execute(t.update().where(t.c.id == 3).values(v="new"))
        c.execute(t.delete().where(t.c.id > 5))
        c.commit()
        same([tuple(r) for r in c.execute(sa.select(t).where(t.c.id > 2).order_by(t.c.id).limit(2))], [(3, "new"), (4, "it's 4")], "rows")
        same(c.execute(sa.text("SELECT COUNT(*) FROM country")).scalar(), 249, "text")
    inspector = sa.inspect(e)
    same("ph_sa" in inspector.get_table_names(), True, "tables")
    same([c["name"] for c in inspector.get_columns("ph_sa")], ["id", "v"], "columns")
    same(inspector.get_pk_constraint("ph_sa")["constrained_columns"], ["id"], "the primary key")
    with e.connect() as c:
        c.execute(sa.text("DROP TABLE ph_sa"))
    refused("401", "a wrong password", engine(ENV["USER"], "wrong", ENV["CA"]))
    refused("CERTIFICATE_VERIFY_FAILED", "another CA", engine(ENV["USER"], ENV["PASSWORD"], ENV["OTHER_CA"]))
    with engine(ENV["READER"], ENV["READER_PASSWORD"], ENV["CA"]).connect() as c:
        same(c.execute(sa.text("SELECT COUNT(*) FROM country")).scalar(), 249, "what the reader reads")
        try:
            c.execute(sa.text("SELECT * FROM currency"))
        except sa.exc.DBAPIError as err:
            same("1142" in str(err), True, f"denied: {err}")
        else:
            same("done", "denied", "what the reader may not")
    print(f"SQLAlchemy {sa.__version__} by phoenixdb: {checks} checks passed")


if __name__ == "__main__":
    main()
