package com.lxdb.jdbc;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.sql.SQLException;
import java.util.Base64;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** CA certificates as PEM text, and what trusts them and nothing else. */
final class Authority {
    private static final int TIMEOUT = 15_000;

    private Authority() {
    }

    static String ofFile(String path) throws SQLException {
        try {
            String pem = Files.readString(Path.of(path), StandardCharsets.US_ASCII);
            context(pem); // it is one, or the error comes here
            return pem.substring(pem.indexOf("-----BEGIN"));
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            throw new SQLException("lxdb: the file of ca has no certificate that can be read", "08001", e);
        }
    }

    /**
     * The certificate with the fingerprint that the server sends along. It proves nothing yet: the connections that are made
     * afterwards trust it alone, and check the server's own certificate with it.
     */
    static String ofFingerprint(String host, int port, String fingerprint) throws SQLException {
        String want = fingerprint.replace(":", "").toLowerCase();
        if (!want.matches("[0-9a-f]{64}")) {
            throw Address.fault("a fingerprint is 64 hexadecimal digits");
        }
        Collector seen = new Collector();
        try (Socket raw = new Socket()) {
            SSLContext look = SSLContext.getInstance("TLS");
            look.init(null, new TrustManager[] {seen}, null);
            String name = host.replace("[", "").replace("]", "");
            raw.connect(new InetSocketAddress(name, port), TIMEOUT);
            raw.setSoTimeout(TIMEOUT);
            ((SSLSocket) look.getSocketFactory().createSocket(raw, name, port, true)).startHandshake();
        } catch (IOException | GeneralSecurityException e) {
            if (seen.chain == null) {
                throw new SQLException("lxdb: no TLS connection to the server: " + e.getMessage(), "08001", e);
            }
        }
        try {
            for (X509Certificate c : seen.chain) {
                if (c.getBasicConstraints() >= 0 && want.equals(hex(MessageDigest.getInstance("SHA-256").digest(c.getEncoded())))) {
                    return "-----BEGIN CERTIFICATE-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(c.getEncoded())
                        + "\n-----END CERTIFICATE-----\n";
                }
            }
        } catch (GeneralSecurityException e) {
            throw new SQLException("lxdb: the server's certificates cannot be read", "08001", e);
        }
        throw Address.fault("the server's CA certificate has another fingerprint");
    }

    private static String hex(byte[] bytes) {
        StringBuilder out = new StringBuilder();
        for (byte b : bytes) {
            out.append(String.format("%02x", b));
        }
        return out.toString();
    }

    /** What trusts the certificates of a PEM text, or, for null, what Java's own store has. */
    static SSLContext context(String pem) throws GeneralSecurityException, IOException {
        KeyStore store = null;
        if (pem != null) {
            store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int n = 0;
            String clean = pem.substring(Math.max(0, pem.indexOf("-----BEGIN"))); // tools write a description above it
            for (Certificate c : CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(clean.getBytes(StandardCharsets.US_ASCII)))) {
                store.setCertificateEntry("ca" + n++, c);
            }
            if (n == 0) {
                throw new CertificateException("no certificate");
            }
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext out = SSLContext.getInstance("TLS");
        out.init(null, trust.getTrustManagers(), null);
        return out;
    }

    /** Looks at a server's certificates and refuses them: nothing is sent to who has shown nothing but them. */
    private static final class Collector implements X509TrustManager {
        private X509Certificate[] chain;

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String kind) throws CertificateException {
            throw new CertificateException("we are no server");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String kind) throws CertificateException {
            this.chain = chain;
            throw new CertificateException("only looked at");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
