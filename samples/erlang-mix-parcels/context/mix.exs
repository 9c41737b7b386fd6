defmodule Parcels.MixProject do
  use Mix.Project

  def project do
    [app: :parcels, version: "1.2.0", elixir: "~> 1.14", deps: []]
  end

  def application do
    [mod: {Parcels.Application, []}, extra_applications: [:logger, :crypto]]
  end
end
