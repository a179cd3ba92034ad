import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.util.Map;

/** Reads a table three times with Avatica's JDBC driver and prints the rows and the seconds of the fastest. */
public class Read {
    public static void main(String[] args) throws Exception {
        Map<String, String> env = System.getenv();
        String url = "jdbc:avatica:remote:url=https://" + env.get("LXDB_HTTPS") + "/;serialization=" + args[0]
                + ";truststore=" + env.get("LXDB_TRUST") + ";truststore_password=changeit;keystore_type=PKCS12";
        try (Connection c = DriverManager.getConnection(url, "root", env.get("LXDB_PASSWORD"))) {
            double best = Double.MAX_VALUE;
            int rows = 0;
            for (int i = 0; i < 3; i++) {
                long began = System.nanoTime();
                rows = 0;
                try (ResultSet r = c.createStatement().executeQuery(env.get("LXDB_QUERY"))) {
                    for (; r.next(); rows++) {
                        for (int col = 1; col <= 5; col++) {
                            r.getObject(col);
                        }
                    }
                }
                best = Math.min(best, (System.nanoTime() - began) / 1e9);
            }
            System.out.println(rows + " " + best);
        }
    }
}
