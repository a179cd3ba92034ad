package com.lxdb.jdbc;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Properties;

/** A URL and its properties, read and checked. Errors do not show the URL: it may have a password in it. */
final class Address {
    private static final String[] PREFIXES = {"jdbc:lxdb://", "jdbc:leanxcale://"};
    private static final String HTTPS_PORT = "1529";
    private static final String MYSQL_PORT = "3306";

    private final Map<Option, String> options = new EnumMap<>(Option.class);
    private String host = "localhost";
    private String port = "";
    private String database = "";

    private Address() {
    }

    static boolean isOurs(String url) {
        return url != null && (url.startsWith(PREFIXES[0]) || url.startsWith(PREFIXES[1]));
    }

    /** Reads {@code jdbc:lxdb://host:port/database;name=value} or {@code …?name=value&name=value}. Properties win over the URL. */
    static Address parse(String url, Properties info) throws SQLException {
        Address a = new Address();
        String rest = url.substring(url.indexOf("//") + 2);
        int cut = first(rest.indexOf(';'), rest.indexOf('?'), rest.length());
        a.place(rest.substring(0, cut));
        if (cut < rest.length()) {
            boolean encoded = rest.charAt(cut) == '?';
            for (String part : rest.substring(cut + 1).split("[;&]")) {
                if (!part.isEmpty()) {
                    int eq = part.indexOf('=');
                    if (eq <= 0) {
                        throw fault("an option of the URL has no value");
                    }
                    a.set(part.substring(0, eq), encoded ? decoded(part.substring(eq + 1)) : part.substring(eq + 1));
                }
            }
        }
        if (info != null) {
            for (Object name : info.keySet()) {
                if (!(name instanceof String) || !(info.get(name) instanceof String)) {
                    throw fault("a property is no text: use setProperty"); // Properties would keep it from us
                }
            }
            for (String name : info.stringPropertyNames()) { // with the defaults below them
                a.set(name, info.getProperty(name));
            }
        }
        a.check();
        return a;
    }

    private static int first(int a, int b, int end) {
        return Math.min(a < 0 ? end : a, b < 0 ? end : b);
    }

    private static String decoded(String text) throws SQLException {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw fault("an option of the URL has a % that begins no code");
        }
    }

    private void place(String text) throws SQLException {
        int slash = text.indexOf('/');
        String where = slash < 0 ? text : text.substring(0, slash);
        database = slash < 0 ? "" : text.substring(slash + 1);
        int colon = where.lastIndexOf(':');
        if (colon > where.indexOf(']')) {
            port = where.substring(colon + 1);
            where = where.substring(0, colon);
        }
        if (!where.isEmpty()) {
            host = where;
        }
        if (!port.isEmpty() && !port.matches("[0-9]{1,5}") || !host.matches("[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.%]+\\]")) {
            throw fault("a URL is jdbc:lxdb://HOST:PORT/DATABASE;option=value");
        }
    }

    private void set(String name, String value) throws SQLException {
        Option o = Option.find(name);
        if (o == null) {
            throw fault("there is no option \"" + name.replaceAll("[^A-Za-z0-9_.-]", "?") + "\"");
        }
        options.put(o, value);
    }

    private void check() throws SQLException {
        if (!"true".equalsIgnoreCase(options.getOrDefault(Option.secure, "true"))) {
            throw fault("secure is always true: there is no clear text");
        }
        if (!options.getOrDefault(Option.tunnel, "true").matches("true|false")) {
            throw fault("tunnel is true or false");
        }
        if (!options.containsKey(Option.user)) {
            throw fault("there is no user: give it to DriverManager.getConnection");
        }
        if (options.containsKey(Option.ca) && options.containsKey(Option.fingerprint)) {
            throw fault("give the CA certificate or its fingerprint, not both");
        }
        String named = options.getOrDefault(Option.database, "");
        if (!database.isEmpty() && !named.isEmpty() && !database.equals(named)) {
            throw fault("the URL names a database, and the option database another one");
        }
        database = database.isEmpty() ? named : database;
        if (database.contains("/")) {
            throw fault("the name of a database has no /");
        }
    }

    private boolean isTunnel() {
        return !"false".equals(options.get(Option.tunnel));
    }

    private String port() {
        return !port.isEmpty() ? port : isTunnel() ? HTTPS_PORT : MYSQL_PORT;
    }

    /** The URL for Connector/J. The name of the database goes as it is: it has no slash, and no option follows it. */
    String target() {
        return "jdbc:mariadb://" + host + ":" + port() + "/" + database.replace("?", "%3F");
    }

    /** The properties for Connector/J. What is about security is ours to say, and overrides nothing of a caller's: he cannot name it. */
    Properties properties() throws SQLException {
        Properties p = new Properties();
        p.setProperty("sslMode", "verify-full");
        p.setProperty("permitRedirect", "false");
        p.setProperty("allowLocalInfile", "false");
        options.forEach((o, value) -> {
            if (o.isPassedOn()) {
                p.setProperty(o.name(), value);
            }
        });
        String pem = null;
        if (options.containsKey(Option.ca)) {
            pem = Authority.ofFile(options.get(Option.ca));
        } else if (options.containsKey(Option.fingerprint)) {
            if (!isTunnel()) {
                throw fault("a fingerprint is checked on an HTTPS port: for the MySQL port give the CA certificate");
            }
            pem = Authority.ofFingerprint(host, Integer.parseInt(port()), options.get(Option.fingerprint));
        }
        if (pem != null) {
            p.setProperty("serverSslCert", pem);
        }
        if (isTunnel()) {
            p.setProperty("socketFactory", TunnelSocketFactory.class.getName());
        }
        return p;
    }

    static SQLException fault(String text) {
        return new SQLException("lxdb: " + text, "08001");
    }
}
