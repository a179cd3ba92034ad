"""Runs SQLAlchemy's own tests of a dialect against a server, and holds what is skipped against skips.txt.

`python -m pytest drivers/python/suite`. The server is that of LXDB_HTTPS, LXDB_CA and LXDB_PASSWORD, or one of its
own: see ../tests/server.py.
"""

import atexit
import fnmatch
import os
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "tests")]

import pytest  # noqa: E402
import server  # noqa: E402
from sqlalchemy.dialects import registry  # noqa: E402
from sqlalchemy.testing.plugin import pytestplugin  # noqa: E402
from sqlalchemy.testing.plugin.pytestplugin import *  # noqa: E402, F401, F403

registry.register("lxdb", "lxdb.sqlalchemy", "Dialect")

LEAST = 0.90
outcomes: dict[str, str] = {}


def read_skips():
    """The lines of skips.txt: pattern, owner, reason, and whether the test is run and must fail."""
    out = []
    for line in (HERE / "skips.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            pattern, owner, reason = (part.strip() for part in line.split("|"))
            out.append((pattern.removeprefix("fails ").strip(), owner, reason, pattern.startswith("fails ")))
    return out


def pytest_configure(config):
    s = server.start()
    atexit.register(s.stop)
    for name in ("test", "test_schema", "test_schema_2"):
        s.run(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
    config.option.dburi = [s.url("test")]
    pytestplugin.pytest_configure(config)
    provide()


def provide():
    """The suite's helpers of a backend are found by its name in the URL: ours are MySQL's."""
    from sqlalchemy.dialects.mysql import provision as _  # noqa: F401 (it registers them)
    from sqlalchemy.testing import provision

    for helper in vars(provision).values():
        if isinstance(helper, provision.register) and "mysql" in helper.fns:
            helper.for_db("lxdb")(helper.fns["mysql"])
    provision.generate_driver_url.for_db("lxdb")(lambda url, driver, query: url.update_query_string(query or ""))


def short(nodeid):
    return re.sub(r"_mysql\+lxdb_[0-9_]+", "", nodeid).removeprefix("test_suite.py::")


def bare(nodeid):
    return re.sub(r"\[.*", "", short(nodeid))


def pytest_runtest_logreport(report):
    name = short(report.nodeid)
    if report.failed:
        outcomes[name] = "failed"
    elif report.skipped:
        outcomes.setdefault(name, "skipped")
    elif report.when == "call":
        outcomes.setdefault(name, "passed")


def pytest_collection_modifyitems(session, config, items):
    pytestplugin.pytest_collection_modifyitems(session, config, items)
    failing = [s for s in read_skips() if s[3]]
    for item in items:
        for pattern, _, reason, _ in failing:
            if fnmatch.fnmatchcase(bare(item.nodeid), pattern):
                item.add_marker(pytest.mark.xfail(reason=reason, strict=True))


def pytest_sessionfinish(session):
    pytestplugin.pytest_sessionfinish(session)
    if session.config.option.keyword or session.testscollected < 1000:
        return  # a part of the suite
    skips = read_skips()
    used = set()
    unlisted = []
    for name, outcome in outcomes.items():
        if outcome != "skipped":
            continue
        listed = [s for s in skips if fnmatch.fnmatchcase(bare(name), s[0])]
        used.update(listed)
        if not listed:
            unlisted.append(name)
    stale = [s[0] for s in skips if s not in used]
    passed = sum(o == "passed" for o in outcomes.values())
    print(f"\n{passed} of {len(outcomes)} tests pass ({passed / len(outcomes):.1%}), "
          f"{sum(o == 'skipped' for o in outcomes.values())} are skipped, {len(skips)} reasons in skips.txt")
    for name in unlisted:
        print(f"skipped and not in skips.txt: {name}")
    for pattern in stale:
        print(f"in skips.txt and not skipped: {pattern}")
    if unlisted or stale or passed < LEAST * len(outcomes):
        session.exitstatus = 1
