answer_with <- function(type, body, status) list(status = status, headers = list("Content-Type" = type), body = body)

text <- function(..., status = 200L) answer_with("text/plain; charset=utf-8", paste0(..., "\n"), status)

json <- function(value, status = 200L) {
  answer_with("application/json", paste0(jsonlite::toJSON(value, auto_unbox = TRUE), "\n"), status)
}

picture <- function(type, device, model) {
  file <- tempfile()
  on.exit(unlink(file))
  device(file)
  draw(model)
  dev.off()
  answer_with(type, readBin(file, "raw", file.size(file)), 200L)
}
