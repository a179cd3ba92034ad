package com.lxdb.jdbc;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * A socket that is connected when the server's HTTPS port, its certificate verified, has switched to MySQL's protocol. It is the TCP
 * socket itself, so that timeouts and options are TCP's; its streams are those of TLS on it.
 */
final class TunnelSocket extends Socket {
    private static final int TIMEOUT = 30_000;
    private static final int MAX_HEAD = 8192;

    private final SSLContext context;
    private final String host;
    private SSLSocket tls; // null while streams are TCP's
    private boolean closing;

    TunnelSocket(SSLContext context, String host) {
        this.context = context;
        this.host = host;
    }

    @Override
    public void connect(SocketAddress endpoint, int timeout) throws IOException {
        super.connect(endpoint, timeout);
        try {
            int wait = getSoTimeout();
            setSoTimeout(timeout > 0 ? timeout : TIMEOUT);
            SSLSocket s = (SSLSocket) context.getSocketFactory().createSocket(this, host, getPort(), true);
            SSLParameters p = s.getSSLParameters();
            p.setEndpointIdentificationAlgorithm("HTTPS");
            p.setApplicationProtocols(new String[] {"http/1.1"}); // an upgrade has no form in HTTP/2
            p.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
            s.setSSLParameters(p);
            s.startHandshake();
            upgrade(s);
            tls = s;
            setSoTimeout(wait);
        } catch (IOException | RuntimeException e) {
            super.close();
            throw e;
        }
    }

    @Override
    public void connect(SocketAddress endpoint) throws IOException {
        connect(endpoint, 0);
    }

    private void upgrade(SSLSocket s) throws IOException {
        String name = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
        s.getOutputStream().write(("GET /tunnel/mysql HTTP/1.1\r\nHost: " + name + ":" + getPort()
            + "\r\nUser-Agent: lxdb-jdbc\r\nConnection: Upgrade\r\nUpgrade: mysql\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        String head = head(s.getInputStream());
        String status = head.substring(0, head.indexOf('\r'));
        if (!status.startsWith("HTTP/1.1 101 ")) {
            throw new IOException("lxdb: no tunnel on this port: it answers \"" + status.replaceAll("[^ -~]", "?") + "\"");
        }
    }

    /** Reads to the empty line and no byte further: what follows is MySQL's. */
    private static String head(InputStream in) throws IOException {
        StringBuilder out = new StringBuilder();
        while (out.indexOf("\r\n\r\n", Math.max(0, out.length() - 4)) < 0) {
            int b = in.read();
            if (b < 0 || out.length() > MAX_HEAD) {
                throw new IOException("lxdb: no HTTPS server on this port");
            }
            out.append((char) b);
        }
        return out.toString();
    }

    @Override
    public InputStream getInputStream() throws IOException {
        return tls == null ? super.getInputStream() : tls.getInputStream();
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        return tls == null ? super.getOutputStream() : tls.getOutputStream();
    }

    @Override
    public void close() throws IOException {
        if (tls == null || closing) { // TLS closes what is below it, which is this
            super.close();
            return;
        }
        closing = true;
        tls.close();
    }
}
