"""SQLAlchemy 2 dialect: create_engine("lxdb://user:password@host:1529/db?ca=ca.crt").

It is SQLAlchemy's dialect of MySQL on the module lxdb, so reflection, the ORM and MySQL's types work
as with any other driver of MySQL.
"""

from sqlalchemy.dialects.mysql.base import MySQLDialect


class Dialect(MySQLDialect):
    driver = "lxdb"
    supports_statement_cache = True
    supports_sane_rowcount = True
    supports_sane_multi_rowcount = True
    default_paramstyle = "qmark"

    @classmethod
    def import_dbapi(cls):
        import lxdb
        return lxdb

    def create_connect_args(self, url):
        args = url.translate_connect_args(username="user")
        args.update(url.query)
        if "timeout" in args:
            args["timeout"] = float(args["timeout"])
        return [], args

    def _extract_error_code(self, exception):
        return exception.args[0] if exception.args and isinstance(exception.args[0], int) else None

    def _detect_charset(self, connection):
        return "utf8mb4"

    def do_ping(self, dbapi_connection):
        dbapi_connection.ping()
        return True

    def is_disconnect(self, e, connection, cursor):
        # 0: the connection is lost; 1243: the session is closed or unknown; 1053, 3169: the server or somebody ended it.
        return self._extract_error_code(e) in (0, 1053, 1243, 3169, 4031) or "connection is closed" in str(e)

    def set_isolation_level(self, dbapi_connection, level):
        if level == "AUTOCOMMIT":
            dbapi_connection.autocommit(True)
        else:
            dbapi_connection.autocommit(False)
            super().set_isolation_level(dbapi_connection, level)

    def get_isolation_level_values(self, dbapi_connection):
        return ["AUTOCOMMIT", *super().get_isolation_level_values(dbapi_connection)]
