"""SQLAlchemy 2 dialect: create_engine("lxdb://user:password@host:1529/db?ca=ca.crt").

It is SQLAlchemy's dialect of MySQL on the module lxdb, so reflection, the ORM, Alembic and MySQL's types
work as with any other driver of MySQL.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import exc
from sqlalchemy import types as sqltypes
from sqlalchemy.dialects.mysql.base import MySQLCompiler, MySQLDialect


class _Bytes(sqltypes.LargeBinary):
    """Byte strings come as bytes."""

    def result_processor(self, dialect: Any, coltype: Any) -> None:
        return None


class Dialect(MySQLDialect):
    """MySQL's dialect with what is of this driver."""

    driver = "lxdb"
    supports_statement_cache = True
    supports_sane_rowcount = True
    supports_sane_multi_rowcount = True
    supports_native_decimal = True
    default_paramstyle = "qmark"
    statement_compiler = MySQLCompiler
    colspecs = {**MySQLDialect.colspecs, sqltypes.LargeBinary: _Bytes}

    @classmethod
    def import_dbapi(cls) -> Any:
        import lxdb

        return lxdb

    def create_connect_args(self, url: Any) -> tuple[list[Any], dict[str, Any]]:
        args = url.translate_connect_args(username="user")
        args.update(url.query)
        if "timeout" in args:
            args["timeout"] = float(args["timeout"])
        for name in {"autocommit", "found_rows"} & args.keys():  # "false" is a text, and true to Python
            if args[name] not in ("true", "false"):
                raise exc.ArgumentError(f"{name} is true or false")
            args[name] = args[name] == "true"
        return [], args

    def _extract_error_code(self, exception: BaseException) -> int | None:
        return exception.args[0] if exception.args and isinstance(exception.args[0], int) else None

    def _detect_charset(self, connection: Any) -> str:
        return "utf8mb4"

    def do_ping(self, dbapi_connection: Any) -> bool:
        dbapi_connection.ping()
        return True

    def is_disconnect(self, e: Any, connection: Any, cursor: Any) -> bool:
        # 0: the connection is lost; 1243: the session is closed or unknown; 1053, 3169, 4031: the server or somebody ended it.
        return self._extract_error_code(e) in (0, 1053, 1243, 3169, 4031) or "connection is closed" in str(e)

    def set_isolation_level(self, dbapi_connection: Any, level: Any) -> None:
        if level == "AUTOCOMMIT":
            dbapi_connection.autocommit(True)
        else:
            dbapi_connection.autocommit(False)
            super().set_isolation_level(dbapi_connection, level)

    def get_isolation_level_values(self, dbapi_connection: Any) -> Any:
        return ["AUTOCOMMIT", *super().get_isolation_level_values(dbapi_connection)]

    def detect_autocommit_setting(self, dbapi_connection: Any) -> bool:
        return bool(dbapi_connection.in_autocommit)
