package library;

import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/** Which books are in, and for how long they may be borrowed. */
@WebServlet("/shelf")
public class Shelf extends HttpServlet {
    private static final Map<String, Boolean> BOOKS = new TreeMap<>(Map.of("Emma", true, "Ulysses", false, "Dracula", true));

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String title = request.getParameter("title");
        response.setContentType("text/plain;charset=UTF-8");
        var out = response.getWriter();
        if (title == null) {
            BOOKS.forEach((book, in) -> out.println(book + ": " + (in ? "in" : "out")));
        } else if (Boolean.TRUE.equals(BOOKS.get(title))) {
            out.printf("%s may be borrowed for %s days%n", title, getServletContext().getInitParameter("loan.days"));
        } else {
            response.sendError(HttpServletResponse.SC_NOT_FOUND, title + " is not here");
        }
    }
}
