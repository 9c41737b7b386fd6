package notes;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A small server that keeps notes. */
public final class Main {
    public static void main(String[] args) throws IOException {
        int port = args.length > 1 && args[0].equals("--port") ? Integer.parseInt(args[1]) : 8080;
        Store store = new Store(Path.of(System.getenv().getOrDefault("NOTES_DIR", ".")));
        HttpServer server = HttpServer.create(new InetSocketAddress(port), 0);
        server.createContext("/", exchange -> answer(exchange, welcome()));
        server.createContext("/notes", exchange -> answer(exchange, store.all().isEmpty() ? "nothing yet\n" : "some\n"));
        server.createContext("/add", exchange -> {
            String text = String.valueOf(exchange.getRequestURI().getQuery()).replace("text=", "");
            answer(exchange, (store.add(text) > 0 ? "kept: " : "lost: ") + text + "\n");
        });
        server.createContext("/whoami", exchange -> answer(exchange, System.getProperty("user.name") + " " + System.getProperty("user.home") + "\n"));
        server.start();
        System.out.println("notes on port " + port);
    }

    private static String welcome() throws IOException {
        try (InputStream text = Main.class.getResourceAsStream("/welcome.txt")) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void answer(HttpExchange exchange, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
