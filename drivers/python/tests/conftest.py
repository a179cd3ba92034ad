import pathlib
import sys

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1])]

import pytest  # noqa: E402
import server as servers  # noqa: E402
from sqlalchemy.dialects import registry  # noqa: E402

registry.register("lxdb", "lxdb.sqlalchemy", "Dialect")
registry.register("mysql.lxdb", "lxdb.sqlalchemy", "Dialect")


@pytest.fixture(scope="session")
def server():
    s = servers.start()
    yield s
    s.stop()


@pytest.fixture
def database(server, request):
    """A database of the test's own."""
    name = "py_" + "".join(c if c.isalnum() else "_" for c in request.node.name.lower())[:40]
    server.run(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
    yield name
    server.run(f"DROP DATABASE {name}")


@pytest.fixture
def conn(server, database):
    with server.connect(database=database) as c:
        yield c
