package shop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.NumberFormat;
import java.util.Map;
import java.util.TreeMap;

/** What each item costs, read from a file of comma-separated values. */
final class Prices {
    private final Map<String, Double> prices = new TreeMap<>();

    Prices(Path file) throws IOException {
        for (String line : Files.readAllLines(file)) {
            String[] cells = line.split(",");
            prices.put(cells[0], Double.valueOf(cells[1]));
        }
    }

    Iterable<String> items() {
        return prices.keySet();
    }

    String of(String item) {
        Double price = prices.get(item);
        return price == null ? "unknown" : NumberFormat.getCurrencyInstance().format(price);
    }
}
