"""Reflection, the ORM and Alembic, as programs use them. SQLAlchemy's own tests are in ../suite."""

import pathlib
import shutil
import subprocess
import sys

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import orm
from sqlalchemy.dialects.mysql import insert

SAMPLES = pathlib.Path(__file__).parents[1] / "samples"


@pytest.fixture
def engine(server, database):
    e = sa.create_engine(server.url(database), connect_args={"secure": True})
    yield e
    e.dispose()


def test_options_of_a_url(server, database):
    for options, on in (("", False), ("&autocommit=false", False), ("&autocommit=true&found_rows=false&secure=true&timeout=20", True)):
        engine = sa.create_engine(server.url(database) + options)
        with engine.connect() as c:
            assert c.connection.dbapi_connection.in_autocommit is on
        engine.dispose()
    for options, kind in (("autocommit=no", sa.exc.ArgumentError), ("secure=false", sa.exc.NotSupportedError), ("nosuch=1", TypeError)):
        with pytest.raises(kind):
            sa.create_engine(server.url(database) + "&" + options).connect()


def test_reflection(engine):
    with engine.begin() as c:
        for text in (
            "CREATE TABLE parent (id INT PRIMARY KEY AUTO_INCREMENT, code CHAR(3) NOT NULL COLLATE utf8mb4_bin, UNIQUE KEY by_code (code)) COMMENT='it''s'",
            "CREATE TABLE child (id BIGINT UNSIGNED PRIMARY KEY, parent_id INT COMMENT 'whose', price DECIMAL(8,2) DEFAULT 1.50, kind ENUM('a','b'), "
            "twice DECIMAL(9,2) AS (price * 2) STORED, at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, KEY by_kind (kind, price DESC), "
            "CONSTRAINT dear CHECK (price > 0), CONSTRAINT of_parent FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE CASCADE ON UPDATE SET NULL)",
            "CREATE VIEW dear_ones AS SELECT id, price FROM child WHERE price > 100",
        ):
            c.exec_driver_sql(text)
    i = sa.inspect(engine)
    assert i.get_table_names() == ["child", "parent"] and i.get_view_names() == ["dear_ones"]
    assert "price" in i.get_view_definition("dear_ones")
    columns = {c["name"]: c for c in i.get_columns("child")}
    assert list(columns) == ["id", "parent_id", "price", "kind", "twice", "at"]
    assert columns["id"]["type"].unsigned and columns["parent_id"]["comment"] == "whose" and columns["kind"]["type"].enums == ["a", "b"]
    assert (columns["price"]["type"].precision, columns["price"]["type"].scale, columns["price"]["default"]) == (8, 2, "'1.50'")
    assert columns["twice"]["computed"] == {"sqltext": "((`price` * 2))", "persisted": True}
    assert i.get_pk_constraint("child")["constrained_columns"] == ["id"]
    assert i.get_foreign_keys("child") == [{
        "name": "of_parent", "constrained_columns": ["parent_id"], "referred_schema": None, "referred_table": "parent", "referred_columns": ["id"],
        "options": {"ondelete": "CASCADE", "onupdate": "SET NULL"}}]
    assert {x["name"]: (x["column_names"], x["unique"]) for x in i.get_indexes("child")}["by_kind"] == (["kind", "price"], False)
    assert [u["name"] for u in i.get_unique_constraints("parent")] == ["by_code"]
    assert [c["name"] for c in i.get_check_constraints("child")] == ["dear"]
    assert i.get_table_comment("parent") == {"text": "it's"}
    assert i.get_columns("parent")[1]["type"].collation == "utf8mb4_bin"
    assert sa.Table("dear_ones", sa.MetaData(), autoload_with=engine).c.keys() == ["id", "price"]


class Base(orm.DeclarativeBase):
    pass


class Node(Base):
    __tablename__ = "node"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column(sa.String(20))
    version: orm.Mapped[int] = orm.mapped_column()
    above_id: orm.Mapped["int | None"] = orm.mapped_column(sa.ForeignKey("node.id"))
    below: orm.Mapped[list["Node"]] = orm.relationship(cascade="all, delete-orphan", order_by="Node.id")
    __mapper_args__ = {"version_id_col": version}


def test_orm(engine):
    Base.metadata.create_all(engine)
    with orm.Session(engine) as s:
        s.add(Node(name="root", below=[Node(name="a", below=[Node(name="aa")]), Node(name="b")]))
        s.commit()
        top = s.scalars(sa.select(Node).where(Node.above_id.is_(None)).options(orm.selectinload(Node.below).selectinload(Node.below))).one()
        assert [n.name for n in top.below] == ["a", "b"] and top.below[0].below[0].name == "aa"
        with s.begin_nested() as point:
            top.name = "changed"
            s.flush()
            point.rollback()
        assert top.name == "root"
        tree = sa.select(Node.id, Node.name, sa.literal(0).label("depth")).where(Node.above_id.is_(None)).cte("tree", recursive=True)
        tree = tree.union_all(sa.select(Node.id, Node.name, tree.c.depth + 1).join(tree, Node.above_id == tree.c.id))
        assert s.execute(sa.select(tree.c.name, tree.c.depth).order_by(tree.c.depth, tree.c.id)).all() == [("root", 0), ("a", 1), ("b", 1), ("aa", 2)]
        s.execute(sa.insert(Node), [{"name": f"n{i}", "version": 1} for i in range(1000)])
        s.execute(sa.update(Node), [{"id": i, "name": "bulk", "version": 1} for i in range(10, 20)])
        assert s.scalar(sa.select(sa.func.count()).where(Node.name == "bulk")) == 10
        upsert = insert(Node).values(id=10, name="again", version=1)
        s.execute(upsert.on_duplicate_key_update(name=upsert.inserted.name))
        s.expire_all()
        assert s.get(Node, 10).name == "again"
        s.execute(sa.delete(Node).where(Node.id > 500))
        s.commit()
    with orm.Session(engine) as one, orm.Session(engine) as two:
        first, second = one.get(Node, 1), two.get(Node, 1)
        first.name = "first"
        one.commit()
        second.name = "second"
        with pytest.raises((orm.exc.StaleDataError, sa.exc.OperationalError)):
            two.commit()
    Base.metadata.drop_all(engine)


def test_isolation_and_streaming(engine):
    with engine.connect().execution_options(isolation_level="READ COMMITTED") as c:
        assert c.get_isolation_level() == "READ COMMITTED"
        c.exec_driver_sql("CREATE TABLE t (id INT PRIMARY KEY)")
        c.exec_driver_sql("INSERT INTO t WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n")
        c.commit()
        assert sum(row.id for part in c.execution_options(yield_per=100).execute(sa.text("SELECT id FROM t")).partitions() for row in part) == 500500
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
        c.exec_driver_sql("DELETE FROM t")
    with engine.connect() as c:
        assert c.scalar(sa.text("SELECT COUNT(*) FROM t")) == 0


def test_alembic(engine, server, database, tmp_path, monkeypatch):
    shutil.copytree(SAMPLES / "alembic", tmp_path / "al")
    (tmp_path / "al" / "versions").mkdir()
    monkeypatch.setenv("LXDB_URL", server.url(database))
    config = Config(str(tmp_path / "al" / "alembic.ini"))
    command.revision(config, message="first", autogenerate=True)
    text = next((tmp_path / "al" / "versions").glob("*.py")).read_text()
    assert "al_author" in text and "al_book" in text and "create_index" in text
    command.upgrade(config, "head")
    import importlib.util

    spec = importlib.util.spec_from_file_location("al_model", tmp_path / "al" / "model.py")
    model = importlib.util.module_from_spec(spec)
    sys.modules["al_model"] = model
    spec.loader.exec_module(model)
    compare = {"compare_type": True, "compare_server_default": True}
    with engine.connect() as c:
        assert compare_metadata(MigrationContext.configure(c, opts=compare), model.Base.metadata) == []
    metadata = model.Base.metadata
    metadata.tables["al_book"].append_column(sa.Column("pages", sa.Integer, server_default="1"))
    metadata.tables["al_author"].c.name.type = sa.String(80)
    with engine.connect() as c:
        found = [d[0] if isinstance(d, tuple) else d[0][0] for d in compare_metadata(MigrationContext.configure(c, opts=compare), metadata)]
        assert sorted(found) == ["add_column", "modify_type"]
    command.downgrade(config, "base")
    assert sa.inspect(engine).get_table_names() == ["alembic_version"]


@pytest.mark.parametrize("name", ["connect", "query", "prepared", "transaction", "denied", "bulk", "orm"])
def test_samples(server, database, name):
    env = {"LXDB_HTTPS": f"{server.host}:{server.port}", "LXDB_CA": server.ca, "LXDB_USER": server.user, "LXDB_PASSWORD": server.password,
           "LXDB_DATABASE": database, "PYTHONPATH": str(SAMPLES.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    program = "import runpy, sys\nfrom sqlalchemy.dialects import registry\nregistry.register('lxdb', 'lxdb.sqlalchemy', 'Dialect')\n" \
              f"sys.path.insert(0, {str(SAMPLES)!r})\nrunpy.run_path({str(SAMPLES / (name + '.py'))!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    want = {"connect": "connected as root", "query": "84 polonium\n88 radium", "prepared": "84 polonium", "transaction": "after the rollback: polonium",
            "denied": "denied: 1142 42000\nwrong password: 1045", "bulk": "10000 49995000", "orm": "Marie, Pierre"}[name]
    assert want in done.stdout
