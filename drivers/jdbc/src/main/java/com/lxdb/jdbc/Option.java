package com.lxdb.jdbc;

import java.sql.DriverPropertyInfo;
import java.util.Properties;

/** What can be said in a URL or in properties. Anything else is refused, so that nothing is taken without effect. */
enum Option {
    user("who logs in"),
    password("of the user; better given as a property than in the URL"),
    database("to begin in, where the URL names none"),
    secure("true, the only value: there is no clear text"),
    ca("file with the CA certificate (PEM)"),
    fingerprint("SHA-256 of the CA certificate in hexadecimal, instead of the file"),
    tunnel("true: an HTTPS port; false: the MySQL port, with TLS all the same"),

    // Connector/J's own, by its names.
    connectTimeout("milliseconds"),
    socketTimeout("milliseconds without an answer; 0 for ever"),
    tcpKeepAlive("true or false"),
    autocommit("true or false"),
    transactionIsolation("of the session"),
    sessionVariables("name=value,…"),
    connectionTimeZone("of Java's side"),
    forceConnectionTimeZoneToSession("true: the session has that zone too"),
    preserveInstants("true or false"),
    defaultFetchSize("rows that are read at a time; 0 reads all"),
    useServerPrepStmts("true: statements are prepared on the server"),
    cachePrepStmts("true or false"),
    prepStmtCacheSize("statements"),
    allowMultiQueries("true: several statements in one text"),
    allowLocalInfile("true: LOAD DATA LOCAL may read files of this machine"),
    useAffectedRows("true: counts are of changed rows, not of found ones"),
    useCatalogTerm("CATALOG or SCHEMA: what databases are called"),
    nullDatabaseMeansCurrent("true: metadata without a database is that of the current one"),
    tinyInt1isBit("true: TINYINT(1) is a boolean"),
    transformedBitIsBoolean("true or false"),
    yearIsDateType("true or false");

    private final String about;

    Option(String about) {
        this.about = about;
    }

    /** Reports whether Connector/J is told of it under the same name. */
    boolean isPassedOn() {
        return compareTo(tunnel) > 0 || this == user || this == password;
    }

    static Option find(String name) {
        for (Option o : values()) {
            if (o.name().equals(name)) {
                return o;
            }
        }
        return null;
    }

    static DriverPropertyInfo[] describe(Properties given) {
        Option[] all = values();
        DriverPropertyInfo[] out = new DriverPropertyInfo[all.length];
        for (int i = 0; i < all.length; i++) {
            out[i] = new DriverPropertyInfo(all[i].name(), given == null ? null : given.getProperty(all[i].name()));
            out[i].description = all[i].about;
            out[i].required = all[i] == user;
        }
        return out;
    }
}
