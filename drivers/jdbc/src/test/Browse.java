import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * Our driver: what a URL may say, who is refused, and a browse in the order in which DBeaver asks. ../../../clients-https.sh sets LXDB_*.
 */
public class Browse {
    static final Map<String, String> ENV = System.getenv();
    static int checks = 0;

    public static void main(String[] args) throws Exception {
        urls();
        properties();
        refusals();
        try (Connection c = connect("lxdb", "ca=" + env("CA"), env("USER"), env("PASSWORD"))) {
            prepare(c);
            browse(c);
            grid(c);
            cancel(c);
            keys(c);
            try (Statement st = c.createStatement()) {
                st.execute("DROP TABLE jb_book");
                st.execute("DROP TABLE jb_author");
            }
        }
        reader();
        System.out.printf("lxdb JDBC: %d checks passed%n", checks);
    }

    static String env(String name) {
        return ENV.get("LXDB_" + name);
    }

    static void same(Object got, Object want, String what) {
        if (want == null ? got != null : !want.equals(got)) {
            throw new AssertionError("lxdb JDBC: " + what + ": " + got + " instead of " + want);
        }
        checks++;
    }

    static void check(boolean ok, String what) {
        same(ok, true, what);
    }

    static Connection connect(String scheme, String options, String user, String password) throws SQLException {
        return DriverManager.getConnection("jdbc:" + scheme + "://" + env("HTTPS") + "/" + env("DATABASE") + ";" + options, user, password);
    }

    static String one(Connection c, String sql) throws SQLException {
        try (Statement st = c.createStatement(); ResultSet r = st.executeQuery(sql)) {
            check(r.next(), sql + ": a row");
            return r.getString(1);
        }
    }

    static void urls() throws SQLException {
        for (String[] u : new String[][] {
            {"leanxcale", "secure=true;ca=" + env("CA")}, {"lxdb", "fingerprint=" + env("FINGERPRINT")},
            {"lxdb", "fingerprint=" + env("FINGERPRINT").replace(":", "").toUpperCase()}, {"lxdb", "ca=" + env("CA") + ";defaultFetchSize=10;useServerPrepStmts=true"},
        }) {
            try (Connection c = connect(u[0], u[1], env("USER"), env("PASSWORD"))) {
                same(one(c, "SELECT DATABASE()"), env("DATABASE"), "the database of " + u[0] + " " + u[1]);
            }
        }
        String query = "jdbc:lxdb://" + env("HTTPS") + "?database=" + env("DATABASE") + "&ca=" + env("CA").replace("/", "%2F");
        try (Connection c = DriverManager.getConnection(query, env("USER"), env("PASSWORD"))) {
            same(one(c, "SELECT DATABASE()"), env("DATABASE"), "the database of a ? URL");
        }
        String direct = "jdbc:lxdb://" + env("HOST") + ":" + env("PORT") + "/" + env("DATABASE") + ";tunnel=false;ca=" + env("CA");
        try (Connection c = DriverManager.getConnection(direct, env("USER"), env("PASSWORD"))) {
            same(one(c, "SELECT COUNT(*) FROM country"), "249", "at the MySQL port");
        }
        same(new com.lxdb.jdbc.Driver().connect("jdbc:mysql://localhost/", new Properties()), null, "another driver's URL");
        try (Connection c = DriverManager.getConnection("jdbc:leanxcale://;secure=true", env("USER"), env("PASSWORD"))) {
            check(false, "a URL without a host: connected, without a CA");
        } catch (SQLException e) {
            check(e.getMessage().contains("1529"), "a URL without a host is this machine's port 1529: " + e.getMessage());
        }
        for (String bad : List.of("ssl=false", "sslMode=trust", "serverSslCert=x", "socketFactory=x", "secure=false", "secure", "tunnel=maybe", "fingerprint=12",
            "connectionAttributes=a:b", "database=other", "ca=/nonexistent", "ca=" + env("CA") + ";fingerprint=" + env("FINGERPRINT"))) {
            refused("the option " + bad, "lxdb: ", bad, env("USER"), env("PASSWORD"));
        }
    }

    /** A property that is no text is none that Properties shows to a driver. */
    static void properties() throws SQLException {
        Properties p = new Properties();
        p.setProperty("user", env("USER"));
        p.setProperty("password", env("PASSWORD"));
        p.setProperty("ca", env("CA"));
        String url = "jdbc:lxdb://" + env("HTTPS") + "/";
        try (Connection c = DriverManager.getConnection(url, new Properties(p))) {
            same(one(c, "SELECT 1"), "1", "defaults of properties");
        }
        p.put("secure", false);
        try (Connection c = DriverManager.getConnection(url, p)) {
            check(false, "a property that is no text: connected");
        } catch (SQLException e) {
            check(e.getMessage().contains("setProperty"), "a property that is no text: " + e.getMessage());
        }
    }

    static void refused(String what, String words, String options, String user, String password) {
        try (Connection c = connect("lxdb", options, user, password)) {
            check(false, what + ": connected");
        } catch (SQLException e) {
            StringBuilder all = new StringBuilder();
            for (Throwable t = e; t != null; t = t.getCause()) {
                all.append(t).append(' ');
            }
            check(all.indexOf(words) >= 0, what + " is refused, but by: " + all);
            check(all.indexOf(password) < 0, what + ": the error has the password");
        }
    }

    static void refusals() {
        String ca = "ca=" + env("CA");
        refused("a wrong password", "Access denied", ca, env("USER"), "wrong-password");
        refused("an unknown user", "Access denied", ca, "nobody", "wrong-password");
        refused("another CA", "SSLHandshakeException", "ca=" + env("OTHER_CA"), env("USER"), env("PASSWORD"));
        refused("no CA", "SSLHandshakeException", "secure=true", env("USER"), env("PASSWORD"));
        refused("another fingerprint", "another fingerprint", "fingerprint=" + "0".repeat(64), env("USER"), env("PASSWORD"));
        try (Connection c = DriverManager.getConnection("jdbc:lxdb://" + env("HOST") + ":" + env("PORT") + "/;" + ca, env("USER"), env("PASSWORD"))) {
            check(false, "the MySQL port as an HTTPS port: connected");
        } catch (SQLException e) {
            check(true, "the MySQL port is no HTTPS port");
        }
    }

    static void prepare(Connection c) throws SQLException {
        try (Statement st = c.createStatement()) {
            st.execute("DROP TABLE IF EXISTS jb_book, jb_author");
            st.execute("CREATE TABLE jb_author (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(40) NOT NULL UNIQUE COMMENT 'whole name', born DATE)");
            st.execute("CREATE TABLE jb_book (id INT PRIMARY KEY, title VARCHAR(100) DEFAULT 'untitled', price DECIMAL(8,2), at DATETIME(6), author_id INT, "
                + "KEY by_title (title), CONSTRAINT written FOREIGN KEY (author_id) REFERENCES jb_author (id) ON DELETE CASCADE)");
        }
    }

    static List<String> column(ResultSet r, String label) throws SQLException {
        List<String> out = new ArrayList<>();
        try (r) {
            while (r.next()) {
                out.add(r.getString(label));
            }
        }
        return out;
    }

    /** DBeaver: the server, its words, databases, kinds of tables, types; then a database is opened, and each table in it. */
    static void browse(Connection c) throws SQLException {
        DatabaseMetaData m = c.getMetaData();
        check(m.getDatabaseProductName().length() > 0 && m.getDatabaseProductVersion().length() > 0, "the product");
        check(m.getDriverName().length() > 0 && m.getDriverVersion().length() > 0, "the driver");
        same(m.getIdentifierQuoteString(), "`", "the quote of identifiers");
        same(m.getCatalogSeparator(), ".", "the separator");
        check(m.supportsTransactions() && !m.isReadOnly() && m.supportsBatchUpdates() && m.supportsSavepoints(), "what is supported");
        check(m.supportsTransactionIsolationLevel(Connection.TRANSACTION_REPEATABLE_READ), "REPEATABLE READ");
        check(m.getSQLKeywords().length() > 0 && m.getStringFunctions().contains("CONCAT") && m.getNumericFunctions().length() > 0
            && m.getSystemFunctions().length() > 0 && m.getTimeDateFunctions().length() > 0, "keywords and functions");
        same(m.getSearchStringEscape(), "\\", "the escape of patterns");
        check(column(m.getCatalogs(), "TABLE_CAT").contains(env("DATABASE")), "catalogs");
        same(column(m.getSchemas(), "TABLE_SCHEM"), List.of(), "schemas");
        check(column(m.getTableTypes(), "TABLE_TYPE").contains("VIEW"), "kinds of tables");
        check(column(m.getTypeInfo(), "TYPE_NAME").contains("VARCHAR"), "types");
        List<String> tables = column(m.getTables(env("DATABASE"), null, "%", null), "TABLE_NAME");
        check(tables.containsAll(List.of("country", "jb_author", "jb_book")), "tables: " + tables);
        for (String table : tables) {
            check(!column(m.getColumns(env("DATABASE"), null, table, "%"), "COLUMN_NAME").isEmpty(), "columns of " + table);
        }
        try (ResultSet r = m.getColumns(env("DATABASE"), null, "jb\\_author", "name")) {
            check(r.next(), "jb_author.name");
            same(r.getString("TYPE_NAME"), "VARCHAR", "its type");
            same(r.getInt("COLUMN_SIZE"), 40, "its size");
            same(r.getString("IS_NULLABLE"), "NO", "whether it may be NULL");
            same(r.getString("REMARKS"), "whole name", "its comment");
        }
        same(column(m.getPrimaryKeys(env("DATABASE"), null, "jb_book"), "COLUMN_NAME"), List.of("id"), "the primary key");
        check(column(m.getIndexInfo(env("DATABASE"), null, "jb_book", false, true), "INDEX_NAME").contains("by_title"), "indexes");
        check(column(m.getIndexInfo(env("DATABASE"), null, "jb_author", true, true), "COLUMN_NAME").contains("name"), "unique indexes");
        try (ResultSet r = m.getImportedKeys(env("DATABASE"), null, "jb_book")) {
            check(r.next(), "a foreign key");
            same(r.getString("FK_NAME") + " " + r.getString("PKTABLE_NAME") + " " + r.getString("PKCOLUMN_NAME"), "written jb_author id", "the foreign key");
            same(r.getInt("DELETE_RULE"), DatabaseMetaData.importedKeyCascade, "its rule");
        }
        same(column(m.getExportedKeys(env("DATABASE"), null, "jb_author"), "FKTABLE_NAME"), List.of("jb_book"), "who refers to the table");
        same(column(m.getCrossReference(env("DATABASE"), null, "jb_author", env("DATABASE"), null, "jb_book"), "FK_NAME"), List.of("written"), "the cross reference");
        same(column(m.getBestRowIdentifier(env("DATABASE"), null, "jb_book", DatabaseMetaData.bestRowSession, true), "COLUMN_NAME"), List.of("id"), "what names a row");
        column(m.getProcedures(env("DATABASE"), null, "%"), "PROCEDURE_NAME");
        column(m.getFunctions(env("DATABASE"), null, "%"), "FUNCTION_NAME");
        column(m.getTablePrivileges(env("DATABASE"), null, "jb_book"), "PRIVILEGE");
    }

    /** The grid: a first page of rows, what its columns are, and a cell that is changed by the key. */
    static void grid(Connection c) throws SQLException {
        c.setAutoCommit(false);
        try (PreparedStatement ps = c.prepareStatement("INSERT INTO jb_author (name, born) VALUES (?, ?)", Statement.RETURN_GENERATED_KEYS)) {
            ps.setString(1, "Ada");
            ps.setObject(2, java.time.LocalDate.of(1815, 12, 10));
            same(ps.executeUpdate(), 1, "an inserted row");
            try (ResultSet r = ps.getGeneratedKeys()) {
                check(r.next() && r.getInt(1) == 1, "the generated key");
            }
        }
        java.sql.Savepoint before = c.setSavepoint("before");
        try (Statement st = c.createStatement()) {
            st.executeUpdate("UPDATE `" + env("DATABASE") + "`.`jb_author` SET name = 'nobody' WHERE id = 1");
        }
        c.rollback(before);
        c.commit();
        c.setAutoCommit(true);
        try (Statement st = c.createStatement()) {
            st.setMaxRows(200);
            st.setFetchSize(200);
            try (ResultSet r = st.executeQuery("SELECT a.* FROM `" + env("DATABASE") + "`.`jb_author` a")) {
                ResultSetMetaData m = r.getMetaData();
                same(m.getTableName(2) + "." + m.getColumnName(2) + " " + m.getColumnTypeName(2), "jb_author.name VARCHAR", "the column of a cell");
                same(m.getCatalogName(2), env("DATABASE"), "its database");
                check(m.isAutoIncrement(1) && m.isNullable(2) == ResultSetMetaData.columnNoNulls, "its properties");
                check(r.next(), "the row");
                same(r.getString("name"), "Ada", "after the rollback to a savepoint");
            }
        }
        try (PreparedStatement ps = c.prepareStatement("UPDATE `" + env("DATABASE") + "`.`jb_author` SET `name`=? WHERE `id`=?")) {
            ps.setString(1, "Grace");
            ps.setInt(2, 1);
            same(ps.executeUpdate(), 1, "a changed cell");
        }
        try (PreparedStatement ps = c.prepareStatement("INSERT INTO jb_book (id, title, price, at, author_id) VALUES (?, ?, ?, ?, 1)")) {
            for (int i = 0; i < 5000; i++) {
                ps.setInt(1, i);
                ps.setString(2, "book " + i);
                ps.setBigDecimal(3, new java.math.BigDecimal("9.50"));
                ps.setObject(4, java.time.LocalDateTime.of(2024, 2, 29, 13, 14, 15, 123_456_000));
                ps.addBatch();
            }
            same(Arrays.stream(ps.executeBatch()).filter(n -> n == 1 || n == Statement.SUCCESS_NO_INFO).count(), 5000L, "a batch");
        }
        same(one(c, "SELECT COUNT(*) FROM jb_book WHERE at = '2024-02-29 13:14:15.123456'"), "5000", "microseconds");
        try (Statement st = c.createStatement()) {
            st.setFetchSize(100);
            int n = 0;
            try (ResultSet r = st.executeQuery("SELECT * FROM jb_book")) {
                while (r.next()) {
                    n++;
                }
            }
            same(n, 5000, "rows read by pages");
        }
    }

    /** The stop button, and a statement that may take so long. */
    static void cancel(Connection c) throws SQLException {
        try (Statement st = c.createStatement()) {
            Thread stop = new Thread(() -> {
                try {
                    while (!st.isClosed()) {
                        Thread.sleep(100);
                        st.cancel();
                    }
                } catch (SQLException | InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            stop.start();
            try {
                st.executeQuery("SELECT SLEEP(100) FROM country");
                check(false, "a cancelled statement went on");
            } catch (SQLException e) {
                same(e.getErrorCode(), 1317, "the error of a cancelled statement: " + e.getMessage());
            } finally {
                stop.interrupt();
            }
        }
        try (Statement st = c.createStatement()) {
            st.setQueryTimeout(1);
            st.executeQuery("SELECT SLEEP(100) FROM country");
            check(false, "a statement ran on after its time");
        } catch (SQLException e) {
            check(true, "a statement that takes too long");
        }
        check(c.isValid(5), "the connection after that");
    }

    static void keys(Connection c) throws SQLException {
        try (Statement st = c.createStatement()) {
            st.executeUpdate("INSERT INTO jb_author (id, name) VALUES (1, 'twice')");
            check(false, "a duplicate key");
        } catch (SQLException e) {
            check(e instanceof java.sql.SQLIntegrityConstraintViolationException, "the class of a duplicate key: " + e.getClass());
            same(e.getErrorCode() + " " + e.getSQLState(), "1062 23000", "a duplicate key");
        }
    }

    static void reader() throws SQLException {
        try (Connection c = connect("lxdb", "ca=" + env("CA"), env("READER"), env("READER_PASSWORD")); Statement st = c.createStatement()) {
            same(one(c, "SELECT COUNT(*) FROM country"), "249", "what the reader reads");
            for (String sql : List.of("SELECT * FROM currency", "DELETE FROM country", "DROP TABLE country")) {
                try {
                    st.execute(sql);
                    check(false, "may not: " + sql);
                } catch (SQLException e) {
                    same(e.getErrorCode(), 1142, sql);
                }
            }
            same(column(c.getMetaData().getTables(env("DATABASE"), null, "%", null), "TABLE_NAME"), List.of("country"), "the tables that the reader sees");
            same(column(c.getMetaData().getColumns(env("DATABASE"), null, "currency", "%"), "COLUMN_NAME"), List.of(), "columns of what he does not see");
        }
    }
}
