package shop;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Executors;

/** Answers with prices, and notes each question in a file beside the program. */
public final class Server {
    private static final Path ORDERS = Path.of("orders.log");

    public static void main(String[] args) throws IOException {
        Prices prices = new Prices(Path.of(System.getenv().getOrDefault("PRICES", "data/prices.csv")));
        HttpServer server = HttpServer.create(new InetSocketAddress(Integer.parseInt(args[0])), 0);
        server.setExecutor(Executors.newFixedThreadPool(4));
        server.createContext("/", exchange -> answer(exchange, String.join("\n", prices.items()) + "\n"));
        server.createContext("/price", exchange -> {
            String item = String.valueOf(exchange.getRequestURI().getQuery()).replace("item=", "");
            Files.writeString(ORDERS, item + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            answer(exchange, item + ": " + prices.of(item) + "\n");
        });
        server.createContext("/orders", exchange -> answer(exchange, Files.exists(ORDERS) ? "noted\n" : "none yet\n"));
        server.start();
        System.out.println("listening on " + args[0]);
    }

    private static void answer(HttpExchange exchange, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
