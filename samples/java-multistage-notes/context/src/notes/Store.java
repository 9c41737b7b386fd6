package notes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** Notes in a file, one a line. */
final class Store {
    private final Path file;

    Store(Path directory) {
        this.file = directory.resolve("notes.txt");
    }

    synchronized int add(String text) throws IOException {
        Files.writeString(file, text.strip() + System.lineSeparator(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        return all().size();
    }

    synchronized List<String> all() throws IOException {
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }
}
