package com.lxdb.jdbc;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Properties;
import java.util.logging.Logger;
import org.mariadb.jdbc.Configuration;

/** The driver that DriverManager finds for jdbc:lxdb and jdbc:leanxcale. */
public final class Driver implements java.sql.Driver {
    static {
        try {
            DriverManager.registerDriver(new Driver());
        } catch (SQLException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @Override
    public Connection connect(String url, Properties info) throws SQLException {
        if (!acceptsURL(url)) {
            return null; // another driver's, says java.sql.Driver
        }
        Address at = Address.parse(url, info);
        return org.mariadb.jdbc.Driver.connect(Configuration.parse(at.target(), at.properties()));
    }

    @Override
    public boolean acceptsURL(String url) {
        return Address.isOurs(url);
    }

    @Override
    public DriverPropertyInfo[] getPropertyInfo(String url, Properties info) throws SQLException {
        return acceptsURL(url) ? Option.describe(info) : new DriverPropertyInfo[0];
    }

    @Override
    public int getMajorVersion() {
        return 0;
    }

    @Override
    public int getMinorVersion() {
        return 1;
    }

    /** The standard asks for more than MySQL's SQL has. */
    @Override
    public boolean jdbcCompliant() {
        return false;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException("this driver does not log by java.util.logging");
    }
}
