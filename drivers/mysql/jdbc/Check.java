import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;

/** JDBC against a server; ../../clients.sh sets LXDB_* and chooses the driver by the class path. */
public class Check {
    static final Map<String, String> ENV = System.getenv();
    static final boolean MARIADB = ENV.get("LXDB_JDBC").equals("mariadb");
    static int checks = 0;

    public static void main(String[] args) throws Exception {
        queries();
        prepared();
        transactions();
        metadata();
        refusals();
        reader();
        try (Connection c = connect(Map.of())) {
            System.out.printf("%s %s: %d checks passed%n", c.getMetaData().getDriverName(), c.getMetaData().getDriverVersion(), checks);
        }
    }

    static String env(String name) {
        return ENV.get("LXDB_" + name);
    }

    static void check(boolean ok, String message) {
        if (!ok) {
            throw new AssertionError("JDBC: " + message);
        }
        checks++;
    }

    /** Connects as a user of lxdb does: with the CA, and the name verified. */
    static Connection connect(Map<String, String> changes) throws SQLException {
        Properties p = new Properties();
        p.put("user", env("USER"));
        p.put("password", env("PASSWORD"));
        if (MARIADB) {
            p.put("sslMode", "verify-full");
            p.put("serverSslCert", env("CA"));
        } else {
            p.put("sslMode", "VERIFY_IDENTITY");
            p.put("trustCertificateKeyStoreUrl", "file:" + env("TRUST"));
            p.put("trustCertificateKeyStoreType", "PKCS12");
            p.put("trustCertificateKeyStorePassword", "changeit");
        }
        p.putAll(changes);
        String kind = MARIADB ? "mariadb" : "mysql";
        return DriverManager.getConnection("jdbc:" + kind + "://" + env("HOST") + ":" + env("PORT") + "/" + env("DATABASE"), p);
    }

    static void queries() throws SQLException, IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(Path.of(env("QUERIES")))) {
            files = all.filter(f -> f.toString().endsWith(".sql")).sorted().toList();
        }
        check(!files.isEmpty(), "there are no queries");
        try (Connection c = connect(Map.of()); Statement st = c.createStatement()) {
            for (Path file : files) {
                try (ResultSet rows = st.executeQuery(Files.readString(file))) {
                    List<String> want = Files.readAllLines(Path.of(file.toString().replace(".sql", ".tsv")));
                    List<String> got = lines(rows);
                    check(got.equals(want), file + ": " + got + " instead of " + want);
                }
            }
        }
    }

    /** The lines of a result as the mariadb client prints it. */
    static List<String> lines(ResultSet rows) throws SQLException {
        int n = rows.getMetaData().getColumnCount();
        List<String> out = new ArrayList<>();
        List<String> cells = new ArrayList<>();
        for (int i = 1; i <= n; i++) {
            cells.add(rows.getMetaData().getColumnLabel(i));
        }
        out.add(String.join("\t", cells));
        while (rows.next()) {
            cells.clear();
            for (int i = 1; i <= n; i++) {
                Object v = rows.getObject(i);
                cells.add(v == null ? "NULL" : v instanceof BigDecimal d ? d.toPlainString() : v.toString());
            }
            out.add(String.join("\t", cells));
        }
        return out;
    }

    static void prepared() throws SQLException {
        for (String server : List.of("false", "true")) {
            Map<String, String> how = Map.of("useServerPrepStmts", server);
            try (Connection c = connect(how); PreparedStatement st = c.prepareStatement("SELECT name FROM country WHERE alpha3 = ?")) {
                for (String[] pair : new String[][] {{"CHE", "Switzerland"}, {"JPN", "Japan"}, {"CHE", "Switzerland"}}) {
                    st.setString(1, pair[0]);
                    try (ResultSet rows = st.executeQuery()) {
                        check(rows.next() && rows.getString(1).equals(pair[1]) && !rows.next(), "a parameter, useServerPrepStmts=" + server);
                    }
                }
            }
        }
    }

    static void transactions() throws SQLException {
        try (Connection c = connect(Map.of())) {
            c.setAutoCommit(false);
            try (PreparedStatement st = c.prepareStatement("UPDATE country SET common_name = ? WHERE alpha2 = ?")) {
                st.setString(1, "Zürich 🇨🇭");
                st.setString(2, "CH");
                check(st.executeUpdate() == 1, "rows affected");
            }
            c.rollback();
            c.setAutoCommit(true);
            try (Statement st = c.createStatement(); ResultSet rows = st.executeQuery("SELECT common_name FROM country WHERE alpha2 = 'CH'")) {
                check(rows.next() && rows.getString(1) == null, "the rolled back value is there");
            }
        }
    }

    static void metadata() throws SQLException {
        try (Connection c = connect(Map.of())) {
            DatabaseMetaData m = c.getMetaData();
            List<String> tables = new ArrayList<>();
            try (ResultSet rows = m.getTables(env("DATABASE"), null, "%", new String[] {"TABLE"})) {
                while (rows.next()) {
                    tables.add(rows.getString("TABLE_NAME"));
                }
            }
            check(tables.contains("country") && tables.contains("currency"), "getTables: " + tables);
            try (ResultSet rows = m.getPrimaryKeys(env("DATABASE"), null, "country")) {
                check(rows.next(), "getPrimaryKeys of country");
            }
            try (ResultSet rows = m.getImportedKeys(env("DATABASE"), null, "subdivision")) {
                check(rows.next() && rows.getString("PKTABLE_NAME").equalsIgnoreCase("country"), "getImportedKeys of subdivision");
            }
        }
    }

    static void refusals() {
        Map<String, String> otherCA = MARIADB ? Map.of("serverSslCert", env("OTHER_CA"))
            : Map.of("trustCertificateKeyStoreUrl", "file:" + env("OTHER_TRUST"));
        refused("another CA", 0, otherCA);
        refused("no TLS", 3159, Map.of("sslMode", MARIADB ? "disable" : "DISABLED"));
        refused("wrong password", 1045, Map.of("password", "wrong"));
        refused("unknown user", 1045, Map.of("user", "nobody"));
    }

    /** A connection that must not come about, with an error number or, for 0, one of TLS. */
    static void refused(String what, int number, Map<String, String> changes) {
        try (Connection c = connect(changes)) {
            check(false, what + ": connected, refusal expected");
        } catch (SQLException e) {
            boolean ok = number != 0 ? e.getErrorCode() == number : causes(e).contains("PKIX") || causes(e).contains("trust");
            check(ok, what + ": refused with another error: " + e.getErrorCode() + " " + causes(e));
        }
    }

    static String causes(Throwable e) {
        StringBuilder all = new StringBuilder();
        for (; e != null; e = e.getCause()) {
            all.append(e).append("; ");
        }
        return all.toString();
    }

    static void reader() throws SQLException {
        Map<String, String> who = Map.of("user", env("READER"), "password", env("READER_PASSWORD"));
        try (Connection c = connect(who); Statement st = c.createStatement()) {
            try (ResultSet rows = st.executeQuery("SELECT COUNT(*) FROM country")) {
                check(rows.next() && rows.getInt(1) == 249, "the reader cannot read");
            }
            for (String sql : List.of("SELECT * FROM currency", "DELETE FROM country", "DROP TABLE country")) {
                try {
                    st.execute(sql);
                    check(false, "may not: " + sql);
                } catch (SQLException e) {
                    check(e.getErrorCode() == 1142, sql + ": error 1142 expected: " + e);
                }
            }
            List<String> tables = new ArrayList<>();
            try (ResultSet rows = c.getMetaData().getTables(env("DATABASE"), null, "%", null)) {
                while (rows.next()) {
                    tables.add(rows.getString("TABLE_NAME"));
                }
            }
            check(tables.equals(List.of("country")), "the reader sees the tables " + tables);
        }
    }
}
