/**
 * A JDBC driver for lxdb over HTTPS: {@code jdbc:lxdb://host:port/database;ca=ca.crt}, and {@code jdbc:leanxcale:} with the same meaning.
 *
 * <p>It is thin. {@link com.lxdb.jdbc.Address} reads the URL, {@link com.lxdb.jdbc.Authority} finds the CA certificate, and
 * {@link com.lxdb.jdbc.TunnelSocketFactory} opens the HTTPS connection that MariaDB's Connector/J then speaks MySQL's protocol on.
 * Connections, statements and metadata are Connector/J's.
 */
package com.lxdb.jdbc;
