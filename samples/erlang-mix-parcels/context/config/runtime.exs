import Config

config :parcels,
  port: String.to_integer(System.get_env("PORT", "4040")),
  serve: System.get_env("PARCELS_SERVER") == "true"
