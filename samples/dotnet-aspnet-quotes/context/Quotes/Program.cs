using System.Globalization;

var builder = WebApplication.CreateBuilder(args);
var app = builder.Build();
string[] quotes = app.Configuration.GetSection("Quotes").Get<string[]>() ?? [];

app.MapGet("/", () => $"{quotes.Length} quotes, {1234.5.ToString("C", new CultureInfo("de-DE"))} each\n");
app.MapGet("/quote", () => quotes.Length == 0 ? Results.NotFound() : Results.Text(quotes[0] + "\n"));
app.Run();
