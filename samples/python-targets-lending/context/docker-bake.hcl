group "default" {
  targets = ["web", "reminder"]
}

target "_common" {
  context = "."
}

target "web" {
  inherits = ["_common"]
  target   = "web"
  tags     = ["lending/web"]
}

target "reminder" {
  inherits = ["_common"]
  target   = "reminder"
  tags     = ["lending/reminder"]
}
