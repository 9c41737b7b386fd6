defmodule Parcels do
  @parcels %{
    "7" => %{from: "Łódź", to: "Århus"},
    "12" => %{from: "Graz", to: "Nîmes"}
  }

  def find(number), do: @parcels[number]
end
