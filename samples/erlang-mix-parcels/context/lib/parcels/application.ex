defmodule Parcels.Application do
  use Application

  @impl true
  def start(_type, _args) do
    children =
      if Application.get_env(:parcels, :serve),
        do: [{Task, fn -> Parcels.Server.listen(Application.fetch_env!(:parcels, :port)) end}],
        else: []

    Supervisor.start_link(children, strategy: :one_for_one, name: Parcels.Supervisor)
  end
end
