defmodule Parcels.Server do
  @moduledoc "A few pages over HTTP, on the sockets of Erlang's own library."

  def listen(port) do
    {:ok, socket} = :gen_tcp.listen(port, [:binary, packet: :http_bin, active: false, reuseaddr: true])
    accept(socket)
  end

  defp accept(socket) do
    {:ok, client} = :gen_tcp.accept(socket)
    {:ok, pid} = Task.start(fn -> serve(client) end)
    :gen_tcp.controlling_process(client, pid)
    accept(socket)
  end

  defp serve(client) do
    with {:ok, {:http_request, _method, {:abs_path, target}, _version}} <- :gen_tcp.recv(client, 0) do
      {status, body} = answer(URI.parse(target))
      head = "HTTP/1.1 #{status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: #{byte_size(body)}\r\nconnection: close\r\n\r\n"
      :inet.setopts(client, packet: :raw)
      :gen_tcp.send(client, [head, body])
    end

    :gen_tcp.close(client)
  end

  defp answer(%URI{path: "/"}), do: {"200 OK", File.read!(Application.app_dir(:parcels, "priv/welcome.txt"))}

  defp answer(%URI{path: "/parcels/" <> number}) do
    case Parcels.find(number) do
      nil -> {"404 Not Found", "no parcel has this number\n"}
      parcel -> {"200 OK", "#{parcel.from} – #{parcel.to}\n"}
    end
  end

  defp answer(%URI{path: "/label", query: query}) do
    name = URI.decode_query(query || "")["for"] || "nobody"
    {"200 OK", Base.encode16(:crypto.hash(:sha256, name)) <> "\n"}
  end

  # How full the disk is, where labels are printed to files
  defp answer(%URI{path: "/free"}) do
    {table, 0} = System.cmd("df", ["-P", "/"])
    {"200 OK", "#{length(String.split(table, "\n", trim: true))} lines\n"}
  end

  defp answer(%URI{path: "/versions"}) do
    zone = :os.cmd(~c"date +%Z") |> to_string() |> String.trim()
    {"200 OK", "Elixir #{System.version()}, OTP #{System.otp_release()}, #{zone}, #{:file.native_name_encoding()}\n"}
  end

  defp answer(%URI{path: "/steps"}), do: {"200 OK", File.read!(Path.join(System.get_env("PARCELS_DATA", "/tmp/parcels"), "steps.txt"))}

  defp answer(_), do: {"404 Not Found", "none\n"}
end
