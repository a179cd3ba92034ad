import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;

/** The conformance cases with Java's clients: Run CASES CLIENT…; ../clients-https.sh sets LXDB_* and the class path. */
public class Run {
    static final Map<String, String> ENV = System.getenv();

    static class Wrong extends RuntimeException {
        private static final long serialVersionUID = 1;

        Wrong(String message) {
            super(message);
        }
    }

    interface Body {
        void run() throws Exception;
    }

    final String name;
    final boolean avatica;
    final Map<Long, Connection> conns = new HashMap<>();

    Run(String name) {
        this.name = name;
        avatica = name.startsWith("avatica-");
    }

    public static void main(String[] args) throws Exception {
        Map<String, Object> all = map(Json.parse(Files.readString(Path.of(args[0]))));
        for (String client : Arrays.asList(args).subList(1, args.length)) {
            Run r = new Run(client);
            for (Object c : list(all.get("cases"))) {
                r.report(map(c));
            }
        }
        System.exit(0); // a driver's own threads may be left
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> map(Object o) {
        return o == null ? Map.of() : (Map<String, Object>) o;
    }

    @SuppressWarnings("unchecked")
    static List<Object> list(Object o) {
        return o == null ? List.of() : (List<Object>) o;
    }

    static String env(String name) {
        return ENV.get("LXDB_" + name);
    }

    static void same(Object got, Object want, String what) {
        if (want == null ? got != null : !want.equals(got)) {
            throw new Wrong(what + ": " + cut(got) + " instead of " + cut(want));
        }
    }

    static String cut(Object o) {
        String s = String.valueOf(o);
        return s.length() > 200 ? s.substring(0, 200) : s;
    }

    static String causes(Throwable e) {
        StringBuilder all = new StringBuilder();
        for (; e != null; e = e.getCause()) {
            all.append(e);
            if (e instanceof SQLException) {
                all.append(" (").append(((SQLException) e).getErrorCode()).append(")");
            }
            all.append("; ");
        }
        return all.toString();
    }

    Connection connect(Map<String, Object> how) throws SQLException {
        boolean reader = "reader".equals(how.get("as"));
        String ca = "other".equals(how.get("ca")) ? "OTHER_" : "";
        Properties p = new Properties();
        p.setProperty("user", String.valueOf(how.getOrDefault("user", env(reader ? "READER" : "USER"))));
        p.setProperty("password", String.valueOf(how.getOrDefault("password", env(reader ? "READER_PASSWORD" : "PASSWORD"))));
        switch (name) {
            case "lxdb-jdbc":
                p.setProperty("ca", env(ca + "CA"));
                return DriverManager.getConnection("jdbc:lxdb://" + env("HTTPS") + "/" + env("DATABASE"), p);
            case "connector-j":
                p.setProperty("sslMode", "verify-full");
                p.setProperty("serverSslCert", env(ca + "CA"));
                return DriverManager.getConnection("jdbc:mariadb://" + env("HOST") + ":" + env("PORT") + "/" + env("DATABASE"), p);
            default:
                p.setProperty("database", env("DATABASE"));
                return DriverManager.getConnection("jdbc:avatica:remote:url=https://" + env("HTTPS") + "/;serialization=" + name.substring(8)
                    + ";truststore=" + env(ca + "TRUST") + ";truststore_password=changeit;keystore_type=PKCS12", p);
        }
    }

    Connection on(Object n, Map<String, Object> how) throws SQLException {
        Long id = n == null ? 1L : (Long) n;
        if (!conns.containsKey(id)) {
            conns.put(id, connect(how));
        }
        return conns.get(id);
    }

    static void bind(PreparedStatement ps, int i, Object value) throws SQLException {
        if (value == null) {
            ps.setObject(i, null);
            return;
        }
        String kind = (String) list(value).get(0);
        String text = (String) list(value).get(1);
        if (text.startsWith("repeat:")) {
            text = (kind.equals("bytes") ? "ab" : "x").repeat(Integer.parseInt(text.substring(7)));
        }
        switch (kind) {
            case "int":
                ps.setLong(i, Long.parseLong(text));
                break;
            case "bool":
                ps.setBoolean(i, text.equals("1"));
                break;
            case "decimal":
                ps.setBigDecimal(i, new BigDecimal(text));
                break;
            case "double":
                ps.setDouble(i, Double.parseDouble(text));
                break;
            case "bytes":
                byte[] b = new byte[text.length() / 2];
                for (int j = 0; j < b.length; j++) {
                    b[j] = (byte) Integer.parseInt(text.substring(2 * j, 2 * j + 2), 16);
                }
                ps.setBytes(i, b);
                break;
            case "date":
                ps.setDate(i, Date.valueOf(text));
                break;
            case "time":
                ps.setTime(i, Time.valueOf(text));
                break;
            case "datetime":
                ps.setTimestamp(i, Timestamp.valueOf(text));
                break;
            default:
                ps.setString(i, text);
        }
    }

    static String shown(ResultSet r, int i) throws SQLException {
        switch (r.getMetaData().getColumnType(i)) {
            case Types.TIMESTAMP:
                Timestamp t = r.getTimestamp(i);
                return t == null ? null : t.toString().replaceFirst("\\.0$", "");
            case Types.DATE:
                Date d = r.getDate(i);
                return d == null ? null : d.toString();
            case Types.TIME:
                String clock = r.getString(i); // which has hours above 23 too
                return clock == null ? null : clock.replaceFirst("\\.0+$", "");
            case Types.BINARY:
            case Types.VARBINARY:
            case Types.LONGVARBINARY:
            case Types.BLOB:
                return hex(r.getBytes(i));
            case Types.BIT:
                return r.getObject(i) instanceof byte[] ? hex(r.getBytes(i)) : bool(r, i);
            case Types.BOOLEAN:
                return bool(r, i);
            default:
                Object v = r.getObject(i);
                return v == null ? null : v instanceof Boolean ? bool(r, i) : v instanceof byte[] ? hex((byte[]) v)
                    : v instanceof BigDecimal ? ((BigDecimal) v).toPlainString() : v.toString();
        }
    }

    static String bool(ResultSet r, int i) throws SQLException {
        boolean b = r.getBoolean(i);
        return r.wasNull() ? null : b ? "1" : "0";
    }

    static String hex(byte[] b) {
        if (b == null) {
            return null;
        }
        StringBuilder out = new StringBuilder();
        for (byte x : b) {
            out.append(String.format("%02x", x));
        }
        return out.toString();
    }

    static List<List<String>> rows(ResultSet r) throws SQLException {
        List<List<String>> out = new ArrayList<>();
        int n = r.getMetaData().getColumnCount();
        while (r.next()) {
            List<String> row = new ArrayList<>();
            for (int i = 1; i <= n; i++) {
                row.add(shown(r, i));
            }
            out.add(row);
        }
        return out;
    }

    static List<String> column(ResultSet r, String label) throws SQLException {
        List<String> out = new ArrayList<>();
        while (r.next()) {
            out.add(r.getString(label));
        }
        r.close();
        return out;
    }

    /** Runs a statement; want is what its rows are, affected how many it changed, each null when nobody asks. */
    static void execute(Connection c, String sql, List<Object> params, Object want, Object affected) throws SQLException {
        if (params.isEmpty()) {
            try (Statement st = c.createStatement()) {
                check(st, st.execute(sql), sql, want, affected);
            }
            return;
        }
        try (PreparedStatement ps = c.prepareStatement(sql)) {
            for (int i = 0; i < params.size(); i++) {
                bind(ps, i + 1, params.get(i));
            }
            check(ps, ps.execute(), sql, want, affected);
        }
    }

    static void check(Statement st, boolean isRows, String sql, Object want, Object affected) throws SQLException {
        if (isRows) {
            try (ResultSet r = st.getResultSet()) {
                List<List<String>> got = rows(r);
                if (want != null) {
                    same(got, want, sql);
                }
            }
        }
        if (affected != null) {
            same((long) st.getUpdateCount(), affected, "rows affected by " + sql);
        }
    }

    List<String> meta(String what, Connection c, String arg) throws SQLException {
        DatabaseMetaData m = c.getMetaData();
        switch (what) {
            case "tables":
                return column(m.getTables(env("DATABASE"), null, arg, null), "TABLE_NAME");
            case "columns":
                return column(m.getColumns(env("DATABASE"), null, arg, "%"), "COLUMN_NAME");
            default:
                return column(m.getPrimaryKeys(env("DATABASE"), null, arg), "COLUMN_NAME");
        }
    }

    void cancelled(Connection c, String sql) throws Exception {
        String id;
        try (Statement st = c.createStatement(); ResultSet r = st.executeQuery("SELECT CONNECTION_ID()")) {
            r.next();
            id = r.getString(1);
        }
        AtomicBoolean done = new AtomicBoolean();
        try (Statement st = c.createStatement()) {
            Thread stop = new Thread(() -> {
                try {
                    while (!done.get()) {
                        Thread.sleep(500);
                        if (!avatica) {
                            st.cancel();
                            continue;
                        }
                        try (Connection other = connect(Map.of()); Statement kill = other.createStatement()) {
                            kill.execute("KILL QUERY " + id);
                        }
                    }
                } catch (SQLException | InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            stop.start();
            try (ResultSet r = st.executeQuery(sql)) {
                rows(r);
            } catch (SQLException | RuntimeException e) {
                same(causes(e).contains("1317"), true, "the error 1317, not " + causes(e));
                return;
            } finally {
                done.set(true);
                stop.join();
            }
        }
        throw new Wrong("the cancelled statement went on");
    }

    void step(Map<String, Object> step, Map<String, Object> how, Map<String, Object> allowed) throws Exception {
        Connection c = on(step.get("on"), how);
        if (step.containsKey("begin")) {
            c.setAutoCommit(false);
        } else if (step.containsKey("commit")) {
            c.commit();
            c.setAutoCommit(true);
        } else if (step.containsKey("rollback")) {
            c.rollback();
            c.setAutoCommit(true);
        } else if (step.containsKey("batch")) {
            try (PreparedStatement ps = c.prepareStatement((String) step.get("batch"))) {
                for (long i = (Long) step.get("from"); i <= (Long) step.get("to"); i++) {
                    ps.setLong(1, i);
                    ps.setString(2, "row " + i);
                    ps.addBatch();
                }
                ps.executeBatch();
            }
        } else if (step.containsKey("count")) {
            long n = 0;
            long sum = 0;
            try (Statement st = c.createStatement()) {
                st.setFetchSize(1000);
                try (ResultSet r = st.executeQuery((String) step.get("count"))) {
                    for (; r.next(); n++) {
                        sum += r.getLong(1);
                    }
                }
            }
            long want = (Long) step.get("want");
            same(n + " " + sum, want + " " + want * (want + 1) / 2, "rows and their sum");
        } else if (step.containsKey("cancel")) {
            cancelled(c, (String) step.get("cancel"));
        } else if (step.containsKey("sql")) {
            execute(c, (String) step.get("sql"), list(step.get("params")), step.get("rows"), step.get("affected"));
        } else {
            for (String what : List.of("tables", "columns", "key")) {
                if (step.containsKey(what)) {
                    same(meta(what, c, (String) step.get(what)), allowed.getOrDefault(what, step.get("want")), what);
                }
            }
        }
    }

    void types(Map<String, Object> c, Map<String, Object> allowed) throws Exception {
        Connection conn = on(null, Map.of());
        execute(conn, "DROP TABLE IF EXISTS cf_t", List.of(), null, null);
        execute(conn, "CREATE TABLE cf_t (id INT PRIMARY KEY, v " + c.get("type") + ")", List.of(), null, null);
        List<Object> want = new ArrayList<>();
        long id = 0;
        for (Object value : list(c.get("values"))) {
            execute(conn, "INSERT INTO cf_t VALUES (?, ?)", Arrays.asList(List.of("int", String.valueOf(id++)), value), null, 1L);
            String text = value == null ? null : (String) list(value).get(1);
            if (text != null && text.startsWith("repeat:")) {
                text = ("bytes".equals(list(value).get(0)) ? "ab" : "x").repeat(Integer.parseInt(text.substring(7)));
            }
            want.add(text);
        }
        if (allowed.containsKey("out")) {
            want = list(allowed.get("out"));
        }
        List<Object> all = new ArrayList<>();
        for (Object w : want) {
            all.add(Arrays.asList(w));
        }
        execute(conn, "SELECT v FROM cf_t ORDER BY id", List.of(), all, null);
        for (int i = 0; i < want.size(); i++) {
            execute(conn, "SELECT v FROM cf_t WHERE id = ?", List.of(List.of("int", String.valueOf(i))), List.of(all.get(i)), null);
        }
        execute(conn, "DROP TABLE cf_t", List.of(), null, null);
    }

    static void failing(Object want, Body body) throws Exception {
        if (want == null) {
            body.run();
            return;
        }
        try {
            body.run();
        } catch (Wrong e) {
            throw e;
        } catch (Exception e) {
            String text = causes(e);
            String pattern = want.equals("tls") ? "(?s).*(SSLHandshakeException|PKIX).*" : "(?s).*\\b" + want + "\\b.*";
            same(text.matches(pattern), true, "the error " + want + ", not " + text);
            return;
        }
        throw new Wrong("no error " + want);
    }

    String run(Map<String, Object> c) throws Exception {
        Map<String, Object> allowed = map(map(c.get("except")).get(name));
        if (allowed.containsKey("skip")) {
            return "none";
        }
        Map<String, Object> how = map(c.get("connect"));
        if (c.containsKey("type")) {
            failing(allowed.get("error"), () -> types(c, allowed));
        } else if (c.containsKey("error")) {
            failing(allowed.getOrDefault("error", c.get("error")), () -> connect(how).close());
        }
        for (Object s : list(c.get("steps"))) {
            Map<String, Object> step = map(s);
            failing(step.containsKey("limited") ? allowed.get("error") : step.get("error"), () -> step(step, how, allowed));
        }
        return allowed.isEmpty() ? "ok" : "limit";
    }

    void report(Map<String, Object> c) {
        String note = (String) map(map(c.get("except")).get(name)).getOrDefault("note", "");
        String result;
        try {
            result = run(c);
        } catch (Exception | Error e) {
            result = "failed";
            note = cut(e instanceof Wrong ? e.getMessage() : causes(e));
        }
        System.out.printf("{\"client\": %s, \"case\": %s, \"result\": %s, \"note\": %s}%n", Json.quote(name), Json.quote((String) c.get("name")), Json.quote(result), Json.quote(note));
        for (Connection conn : conns.values()) {
            try {
                conn.close();
            } catch (SQLException | RuntimeException e) {
                // what a failed case leaves
            }
        }
        conns.clear();
    }
}
