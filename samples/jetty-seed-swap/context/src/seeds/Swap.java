package seeds;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.NumberFormat;
import java.util.Map;
import java.util.TreeMap;

/** The packets that neighbours brought, and what one costs who has nothing to give. */
public final class Swap extends HttpServlet {
    private static final Map<String, Integer> PACKETS = new TreeMap<>(Map.of("bean", 14, "leek", 3, "tomato", 9));

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setContentType("text/plain; charset=utf-8");
        PrintWriter out = response.getWriter();
        if (request.getServletPath().equals("/temporary")) {
            Path file = Files.createTempFile("seeds", ".txt");
            Files.writeString(file, "counted");
            out.println(file.getParent() + ": " + Files.readString(file) + " by " + System.getProperty("user.name"));
            Files.delete(file);
            return;
        }
        String name = request.getParameter("name");
        out.println(System.getProperty("seeds.village") + ", on Java " + Runtime.version().feature());
        PACKETS.forEach((seed, count) -> {
            if (name == null || name.equals(seed)) {
                out.println(seed + ": " + count + " packets, " + NumberFormat.getCurrencyInstance().format(count * 0.35));
            }
        });
    }
}
