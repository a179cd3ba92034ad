package com.lxdb.jdbc;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import javax.net.ssl.SSLContext;
import org.mariadb.jdbc.Configuration;
import org.mariadb.jdbc.util.ConfigurableSocketFactory;

/** Connector/J makes one by its name for each connection, and is given a socket that leads through the HTTPS port. */
public final class TunnelSocketFactory extends ConfigurableSocketFactory {
    private SSLContext context;
    private String host;

    /** For Connector/J. */
    public TunnelSocketFactory() {
    }

    @Override
    public void setConfiguration(Configuration conf, String host) {
        try {
            context = Authority.context(conf.serverSslCert());
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("lxdb: the CA certificate", e);
        }
        this.host = host;
    }

    @Override
    public Socket createSocket() {
        return new TunnelSocket(context, host);
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        throw new IOException("lxdb: the socket is connected by its user");
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort) throws IOException {
        return createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return createSocket(host.getHostName(), port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) throws IOException {
        return createSocket(host, port);
    }
}
