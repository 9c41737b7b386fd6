<%@ page contentType="text/html; charset=UTF-8" %>
<!doctype html>
<html lang="en"><head><title>Desk</title></head>
<body>
<h1>The desk of <%= System.getProperty("library.branch") %></h1>
<% for (String day : new String[] {"Monday", "Thursday"}) { %><p><%= day %>: open</p><% } %>
<p><%= Runtime.version().feature() %>, <%= Runtime.getRuntime().maxMemory() < 256L * 1024 * 1024 ? "small" : "large" %></p>
</body></html>
