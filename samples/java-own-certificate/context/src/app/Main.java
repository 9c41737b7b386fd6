package app;

import badges.Badge;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Tells whom this Java trusts, and draws a badge. */
public final class Main {
    private static final int PORT = 18292;

    public static void main(String[] args) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(PORT), 0);
        server.createContext("/", exchange -> answer(exchange, "text/plain", "ask /trusted or /badge\n".getBytes()));
        server.createContext("/trusted", exchange -> answer(exchange, "text/plain", (trusted() + "\n").getBytes()));
        server.createContext("/badge", exchange -> answer(exchange, "image/png", Badge.png("trusted")));
        server.start();
        System.out.println("listening on " + PORT);
    }

    private static String trusted() {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init((KeyStore) null);
            X509TrustManager manager = (X509TrustManager) factory.getTrustManagers()[0];
            long own = 0;
            for (X509Certificate certificate : manager.getAcceptedIssuers()) {
                own += certificate.getSubjectX500Principal().getName().contains("Example Company") ? 1 : 0;
            }
            return own + " of the company, " + (manager.getAcceptedIssuers().length > 50 ? "and the usual ones" : "and few others");
        } catch (GeneralSecurityException error) {
            return "no store: " + error.getMessage();
        }
    }

    private static void answer(HttpExchange exchange, String type, byte[] bytes) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
