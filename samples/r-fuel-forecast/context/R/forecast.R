fitted_model <- function() lm(mpg ~ wt, data = mtcars)

forecast <- function(model, weight) {
  interval <- predict(model, data.frame(wt = weight), interval = "prediction")
  list(weight = weight, miles = round(interval[[1, "fit"]], 2), between = round(unname(interval[1, c("lwr", "upr")]), 2))
}

draw <- function(model) {
  plot(mtcars$wt, mtcars$mpg, xlab = "Weight (1000 lbs)", ylab = "Miles per gallon", main = "Fuel \u2013 a forecast")
  abline(model, col = "firebrick")
}
