# What a car of a given weight needs, from R's own table of cars
library(httpuv)
source("R/forecast.R")
source("R/answers.R")

model <- fitted_model()

routes <- list(
  "/" = function(query) text("fuel forecast, cars: ", nrow(mtcars)),
  "/forecast" = function(query) {
    weight <- as.numeric(sub("^weight=", "", query))
    if (is.na(weight)) json(list(error = "weight is not a number"), 400L) else json(forecast(model, weight))
  },
  "/plot.svg" = function(query) picture("image/svg+xml", svg, model),
  "/plot.png" = function(query) picture("image/png", png, model),
  "/cores" = function(query) text("cores: ", parallel::detectCores() > 0, ", kernel: ", system("uname -s", intern = TRUE))
)

answer <- function(request) {
  route <- routes[[request$PATH_INFO]]
  if (is.null(route)) text("nothing here", status = 404L) else route(sub("^\\?", "", request$QUERY_STRING))
}

port <- as.integer(Sys.getenv("PORT", "8091"))
message("listening on ", port)
runServer("0.0.0.0", port, list(call = answer))
