import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** Avatica's JDBC driver against a server; ../../clients-https.sh sets LXDB_* and chooses the serialization by LXDB_SERIALIZATION. */
public class Check {
    static final Map<String, String> ENV = System.getenv();
    static final int ROWS = 100_000;
    static int checks = 0;

    public static void main(String[] args) throws Exception {
        try (Connection c = connect(env("USER"), env("PASSWORD"), env("TRUST"), false)) {
            types(c);
            prepared(c);
            batches(c);
            transactions(c);
            large(c);
            twoResults(c);
            metadata(c);
            errors(c);
            try (Statement st = c.createStatement()) {
                st.execute("DROP TABLE ja_types");
            }
        }
        basic();
        refusals();
        reader();
        System.out.printf("Avatica JDBC %s: %d checks passed%n", env("SERIALIZATION"), checks);
    }

    static String env(String name) {
        return ENV.get("LXDB_" + name);
    }

    static void check(boolean ok, String message) {
        if (!ok) {
            throw new AssertionError("Avatica JDBC: " + message);
        }
        checks++;
    }

    static void same(Object got, Object want, String what) {
        check(want == null ? got == null : want.equals(got), what + ": " + got + " instead of " + want);
    }

    static Connection connect(String user, String password, String trust, boolean basic) throws SQLException {
        String url = "jdbc:avatica:remote:url=https://" + env("HTTPS") + "/;serialization=" + env("SERIALIZATION")
            + ";truststore=" + trust + ";truststore_password=changeit;keystore_type=PKCS12";
        Properties p = new Properties();
        p.put("database", env("DATABASE"));
        if (basic) {
            url += ";authentication=BASIC;avatica_user=" + user + ";avatica_password=" + password;
        } else {
            p.put("user", user);
            p.put("password", password);
        }
        return DriverManager.getConnection(url, p);
    }

    static void types(Connection c) throws SQLException {
        try (Statement st = c.createStatement()) {
            st.execute("DROP TABLE IF EXISTS ja_types");
            st.execute("CREATE TABLE \"ja_types\" (id INT PRIMARY KEY, ti TINYINT, si SMALLINT, bi BIGINT, ub BIGINT UNSIGNED, f FLOAT, d DOUBLE, "
                + "dc DECIMAL(12,3), v VARCHAR(20), tx TEXT, bl BLOB, dt DATE, tm TIME, ts DATETIME(6), yr YEAR, en ENUM('a','b'), js JSON)");
            same(st.executeUpdate("INSERT INTO ja_types VALUES (1, -5, 300, 9007199254740993, 18446744073709551615, 1.5, 2.25, 1234567.125, 'h\u00e9 \ud83d\ude00', "
                + "'text', x'00ff10', '2024-02-29', '13:14:15', '2024-02-29 13:14:15.123456', 2024, 'b', '{\"k\": 1}'), "
                + "(2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"), 2, "rows inserted");
            try (ResultSet r = st.executeQuery("SELECT * FROM ja_types ORDER BY id")) {
                check(r.next(), "no first row");
                same(r.getInt("id"), 1, "INT");
                same(r.getByte("ti"), (byte) -5, "TINYINT");
                same(r.getShort("si"), (short) 300, "SMALLINT");
                same(r.getLong("bi"), 9007199254740993L, "BIGINT");
                same(r.getBigDecimal("ub"), new BigDecimal("18446744073709551615"), "BIGINT UNSIGNED");
                same(r.getFloat("f"), 1.5f, "FLOAT");
                same(r.getDouble("d"), 2.25, "DOUBLE");
                same(r.getBigDecimal("dc"), new BigDecimal("1234567.125"), "DECIMAL");
                same(r.getString("v"), "h\u00e9 \ud83d\ude00", "VARCHAR");
                same(r.getString("tx"), "text", "TEXT");
                same(Arrays.toString(r.getBytes("bl")), "[0, -1, 16]", "BLOB");
                same(r.getDate("dt"), Date.valueOf("2024-02-29"), "DATE");
                same(r.getTime("tm").toString(), "13:14:15", "TIME");
                same(r.getTimestamp("ts"), Timestamp.valueOf("2024-02-29 13:14:15.123"), "DATETIME(6)");
                same(r.getInt("yr"), 2024, "YEAR");
                same(r.getString("en"), "b", "ENUM");
                same(r.getString("js"), "{\"k\": 1}", "JSON");
                check(r.next(), "no second row");
                for (int i = 2; i <= r.getMetaData().getColumnCount(); i++) {
                    if (r.getMetaData().getColumnLabel(i).equals("v")) {
                        same(r.getString(i), "", "the empty string");
                    } else {
                        check(r.getObject(i) == null && r.wasNull(), "column " + i + " is not NULL");
                    }
                }
                check(!r.next(), "a third row");
            }
        }
    }

    static void prepared(Connection c) throws SQLException {
        try (PreparedStatement ps = c.prepareStatement("INSERT INTO ja_types (id, v, dc, ts, dt, bl, d, ti, tm, bi) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
            ps.setInt(1, 3);
            ps.setString(2, "it's");
            ps.setBigDecimal(3, new BigDecimal("1.125"));
            ps.setTimestamp(4, Timestamp.valueOf("2020-01-02 03:04:05.678"));
            ps.setDate(5, Date.valueOf("2020-01-02"));
            ps.setBytes(6, new byte[] {1, 2});
            ps.setDouble(7, 0.5);
            ps.setBoolean(8, true);
            ps.setTime(9, Time.valueOf("01:02:03"));
            ps.setLong(10, (1L << 53) + 1);
            same(ps.executeUpdate(), 1, "rows of a prepared INSERT");
        }
        try (PreparedStatement ps = c.prepareStatement("SELECT v, dc, ts, dt, bl, d, ti, tm, bi FROM ja_types WHERE id = ? LIMIT ?")) {
            for (int i = 0; i < 2; i++) {
                ps.setInt(1, 3);
                ps.setInt(2, 5);
                try (ResultSet r = ps.executeQuery()) {
                    check(r.next(), "no row of a prepared SELECT");
                    same(r.getString(1), "it's", "setString");
                    same(r.getBigDecimal(2), new BigDecimal("1.125"), "setBigDecimal");
                    same(r.getTimestamp(3), Timestamp.valueOf("2020-01-02 03:04:05.678"), "setTimestamp");
                    same(r.getDate(4), Date.valueOf("2020-01-02"), "setDate");
                    same(Arrays.toString(r.getBytes(5)), "[1, 2]", "setBytes");
                    same(r.getDouble(6), 0.5, "setDouble");
                    same(r.getInt(7), 1, "setBoolean");
                    same(r.getTime(8).toString(), "01:02:03", "setTime");
                    same(r.getLong(9), (1L << 53) + 1, "setLong");
                }
            }
        }
    }

    static void batches(Connection c) throws SQLException {
        try (PreparedStatement ps = c.prepareStatement("INSERT INTO ja_types (id, v) VALUES (?, ?)")) {
            for (int i = 10; i < 20; i++) {
                ps.setInt(1, i);
                ps.setString(2, "row " + i);
                ps.addBatch();
            }
            same(ps.executeBatch().length, 10, "a prepared batch");
        }
        try (Statement st = c.createStatement()) {
            st.addBatch("UPDATE ja_types SET v = 'x' WHERE id = 10");
            st.addBatch("UPDATE ja_types SET v = 'x' WHERE id > 10");
            same(Arrays.toString(st.executeBatch()), "[1, 9]", "a batch of texts");
            st.addBatch("UPDATE ja_types SET v = 'undone' WHERE id = 10");
            st.addBatch("INSERT INTO ja_types (id) VALUES (10)");
            try {
                st.executeBatch();
                check(false, "a batch with a duplicate key went through");
            } catch (SQLException | RuntimeException e) { // the driver throws the latter
                check(e.toString().contains("1062"), "a batch with a duplicate key: " + e);
            }
            same(one(c, "SELECT v FROM ja_types WHERE id = 10"), "x", "what a failed batch left");
        }
    }

    static String one(Connection c, String sql) throws SQLException {
        try (Statement st = c.createStatement(); ResultSet r = st.executeQuery(sql)) {
            check(r.next(), sql + ": no row");
            return r.getString(1);
        }
    }

    static void transactions(Connection c) throws SQLException {
        c.setAutoCommit(false);
        c.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        try (Statement st = c.createStatement()) {
            st.executeUpdate("UPDATE ja_types SET v = 'lost' WHERE id = 1");
            c.rollback();
            st.executeUpdate("UPDATE ja_types SET v = 'kept' WHERE id = 2");
            c.commit();
        }
        c.setAutoCommit(true);
        same(one(c, "SELECT v FROM ja_types WHERE id = 1"), "h\u00e9 \ud83d\ude00", "after a rollback");
        same(one(c, "SELECT v FROM ja_types WHERE id = 2"), "kept", "after a commit");
    }

    static final String NUMBERS = "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
        + "SELECT a.i * 1000 + b.i, 'some text' FROM n a, n b LIMIT " + ROWS;

    static void large(Connection c) throws SQLException {
        for (int fetch : new int[] {0, 1, 100, 5000}) {
            try (Statement st = c.createStatement()) {
                st.setFetchSize(fetch);
                int n = 0;
                try (ResultSet r = st.executeQuery(NUMBERS)) {
                    while (r.next()) {
                        n++;
                    }
                }
                same(n, ROWS, "rows with a fetch size of " + fetch);
            }
        }
        try (Statement st = c.createStatement()) {
            st.setMaxRows(7);
            int n = 0;
            try (ResultSet r = st.executeQuery(NUMBERS)) {
                while (r.next()) {
                    n++;
                }
            }
            same(n, 7, "setMaxRows");
        }
    }

    static void twoResults(Connection c) throws SQLException {
        try (Statement outer = c.createStatement(); Statement inner = c.createStatement();
             ResultSet r = outer.executeQuery(NUMBERS)) {
            int n = 0;
            while (r.next()) {
                if (n++ % 10_000 == 0) {
                    try (ResultSet in = inner.executeQuery("SELECT " + n)) {
                        check(in.next() && in.getInt(1) == n, "the inner statement");
                    }
                }
            }
            same(n, ROWS, "rows of the outer statement");
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

    /** In the order in which DBeaver asks. */
    static void metadata(Connection c) throws SQLException {
        DatabaseMetaData m = c.getMetaData();
        check(m.getSQLKeywords().contains("LIMIT"), "keywords: " + m.getSQLKeywords());
        check(m.getStringFunctions().contains("CONCAT"), "functions");
        check(column(m.getCatalogs(), "TABLE_CAT").contains(env("DATABASE")), "catalogs");
        same(column(m.getSchemas(), "TABLE_SCHEM"), List.of(), "schemas");
        check(column(m.getTableTypes(), "TABLE_TYPE").contains("TABLE"), "table types");
        check(column(m.getTypeInfo(), "TYPE_NAME").contains("VARCHAR"), "types");
        same(column(m.getTables(env("DATABASE"), null, "ja\\_%", new String[] {"TABLE"}), "TABLE_NAME"), List.of("ja_types"), "tables");
        List<String> columns = column(m.getColumns(env("DATABASE"), null, "ja_types", "%"), "COLUMN_NAME");
        same(columns.size(), 17, "columns");
        same(columns.get(0), "id", "the first column");
        try (ResultSet r = m.getColumns(env("DATABASE"), null, "ja_types", "dc")) {
            check(r.next(), "no column dc");
            same(r.getInt("DATA_TYPE"), Types.DECIMAL, "the type of dc");
            same(r.getInt("COLUMN_SIZE"), 12, "the size of dc");
            same(r.getInt("DECIMAL_DIGITS"), 3, "the scale of dc");
        }
    }

    static void errors(Connection c) throws SQLException {
        try (Statement st = c.createStatement()) {
            st.executeQuery("SELECT * FROM nope");
            check(false, "a table that is not there");
        } catch (SQLException e) {
            same(e.getErrorCode() + " " + e.getSQLState(), "1146 42S02", "an error");
            check(!e.getMessage().contains(".go:"), "a stack trace: " + e.getMessage());
        }
    }

    static void basic() throws SQLException {
        try (Connection c = connect(env("USER"), env("PASSWORD"), env("TRUST"), true)) {
            same(one(c, "SELECT COUNT(*) FROM country"), "249", "countries, by Basic");
        }
    }

    static void refused(String what, String words, String user, String password, String trust, boolean basic) {
        try (Connection c = connect(user, password, trust, basic)) {
            check(false, what + ": connected");
        } catch (SQLException | RuntimeException e) {
            StringBuilder all = new StringBuilder();
            for (Throwable t = e; t != null; t = t.getCause()) {
                all.append(t).append(' ');
            }
            check(all.indexOf(words) >= 0, what + ": refused with another error: " + all);
        }
    }

    static void refusals() {
        refused("wrong password", "1045", env("USER"), "wrong", env("TRUST"), false);
        refused("unknown user", "1045", "nobody", "wrong", env("TRUST"), false);
        refused("wrong password by Basic", "401", env("USER"), "wrong", env("TRUST"), true);
        refused("another CA", "SSLHandshakeException", env("USER"), env("PASSWORD"), env("OTHER_TRUST"), false);
    }

    static void reader() throws SQLException {
        try (Connection c = connect(env("READER"), env("READER_PASSWORD"), env("TRUST"), false)) {
            same(one(c, "SELECT COUNT(*) FROM country"), "249", "what the reader reads");
            for (String sql : List.of("SELECT * FROM currency", "DELETE FROM country", "DROP TABLE country")) {
                try (Statement st = c.createStatement()) {
                    st.execute(sql);
                    check(false, "may not: " + sql);
                } catch (SQLException e) {
                    same(e.getErrorCode(), 1142, sql);
                }
            }
            same(column(c.getMetaData().getTables(env("DATABASE"), null, "%", null), "TABLE_NAME"), List.of("country"), "the tables that the reader sees");
        }
    }
}
