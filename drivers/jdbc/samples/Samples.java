import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * What programs do, one method each:
 *
 * <pre>java -cp lxdb-jdbc.jar Samples.java 'jdbc:lxdb://127.0.0.1:1529/lab;ca=ca.crt' marie</pre>
 *
 * The password is read from the environment, LXDB_PASSWORD.
 */
public class Samples {
    public static void main(String[] args) throws SQLException {
        try (Connection c = connect(args[0], args[1])) {
            query(c);
            try (Statement st = c.createStatement()) {
                st.execute("CREATE TABLE sample_element (number INT PRIMARY KEY, name VARCHAR(20), mass DECIMAL(9,4))");
            }
            try {
                prepared(c);
                transaction(c);
                denied(args[0], c);
                bulk(c);
            } finally {
                try (Statement st = c.createStatement()) {
                    st.execute("DROP TABLE sample_element");
                }
            }
        }
    }

    static Connection connect(String url, String user) throws SQLException {
        Connection c = DriverManager.getConnection(url, user, System.getenv("LXDB_PASSWORD"));
        System.out.println("connected to " + c.getMetaData().getDatabaseProductVersion());
        return c;
    }

    static void query(Connection c) throws SQLException {
        try (Statement st = c.createStatement(); ResultSet r = st.executeQuery("SELECT CURRENT_USER(), DATABASE()")) {
            while (r.next()) {
                System.out.println(r.getString(1) + " in " + r.getString(2));
            }
        }
    }

    static void prepared(Connection c) throws SQLException {
        try (PreparedStatement ps = c.prepareStatement("INSERT INTO sample_element VALUES (?, ?, ?)")) {
            ps.setInt(1, 1);
            ps.setString(2, "hydrogen");
            ps.setBigDecimal(3, new BigDecimal("1.0080"));
            System.out.println(ps.executeUpdate() + " row inserted");
        }
        try (PreparedStatement ps = c.prepareStatement("SELECT name, mass FROM sample_element WHERE number = ?")) {
            ps.setInt(1, 1);
            try (ResultSet r = ps.executeQuery()) {
                while (r.next()) {
                    System.out.println(r.getString("name") + " " + r.getBigDecimal("mass"));
                }
            }
        }
    }

    static void transaction(Connection c) throws SQLException {
        c.setAutoCommit(false);
        try (Statement st = c.createStatement()) {
            st.executeUpdate("UPDATE sample_element SET mass = 0");
            c.rollback();
            st.executeUpdate("UPDATE sample_element SET mass = 1.0078");
            c.commit();
        } catch (SQLException e) {
            c.rollback();
            throw e;
        } finally {
            c.setAutoCommit(true);
        }
        System.out.println("rolled back, then committed");
    }

    /** A right that is missing is error 1142, and the connection goes on. */
    static void denied(String url, Connection c) throws SQLException {
        try (Statement st = c.createStatement()) {
            st.execute("CREATE USER sample_guest IDENTIFIED BY 'Not-For-Long-1'");
            st.execute("GRANT READ ON TABLE sample_element TO sample_guest");
        }
        try (Connection guest = DriverManager.getConnection(url, "sample_guest", "Not-For-Long-1"); Statement st = guest.createStatement()) {
            st.executeUpdate("DELETE FROM sample_element");
        } catch (SQLException e) {
            System.out.println("denied: " + e.getErrorCode() + " " + e.getSQLState());
        } finally {
            try (Statement st = c.createStatement()) {
                st.execute("DROP USER sample_guest");
            }
        }
    }

    static void bulk(Connection c) throws SQLException {
        c.setAutoCommit(false);
        try (PreparedStatement ps = c.prepareStatement("INSERT INTO sample_element (number, name) VALUES (?, ?)")) {
            for (int i = 1000; i < 11_000; i++) {
                ps.setInt(1, i);
                ps.setString(2, "element " + i);
                ps.addBatch();
                if (i % 1000 == 999) {
                    ps.executeBatch();
                }
            }
        }
        c.commit();
        c.setAutoCommit(true);
        try (Statement st = c.createStatement()) {
            st.setFetchSize(1000); // rows come as they are read
            int n = 0;
            try (ResultSet r = st.executeQuery("SELECT number FROM sample_element")) {
                while (r.next()) {
                    n++;
                }
            }
            System.out.println(n + " rows read");
        }
    }
}
