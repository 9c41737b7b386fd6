require "bundler/setup"
require "erb"
require "etc"
require "json"
require "moonage"
require "openssl"
require "socket"
require "uri"
require "yaml"
require "zlib"

$stdout.sync = true
HARBOURS = YAML.safe_load_file(File.join(__dir__, "harbours.yml"))
VIEW = ERB.new(File.read(File.join(__dir__, "views", "day.erb")))

# A page for a day: spring tides are highest at new and at full moon.
def day(date)
  age = Moonage.on(date)
  factor = 0.75 + 0.25 * Math.cos(age / 29.530588853 * 4 * Math::PI)
  VIEW.result_with_hash(date: date, age: age, harbours: HARBOURS, factor: factor)
end

def answer(target)
  uri = URI(target)
  asked = URI.decode_www_form(uri.query || "").to_h
  case uri.path
  when "/" then [200, "text/html; charset=utf-8", day(Date.new(2024, 1, 1))]
  when "/day" then [200, "text/html; charset=utf-8", day(Date.parse(asked.fetch("on")))]
  when "/versions"
    said = { ruby: RUBY_VERSION, openssl: OpenSSL::OPENSSL_VERSION, zlib: Zlib.zlib_version, gem: Gem.loaded_specs["moonage"].version.to_s }
    [200, "application/json", JSON.generate(said)]
  else [404, "text/plain", "no such page\n"]
  end
end

server = TCPServer.new("0.0.0.0", Integer(ENV.fetch("PORT")))
trap("TERM") { exit }
puts "listens on #{ENV.fetch("PORT")} as #{Etc.getpwuid.name}"
loop do
  Thread.start(server.accept) do |client|
    target = client.gets.to_s.split[1] || "/"
    nil until client.gets.to_s.strip.empty?
    status, type, body = answer(target)
    client.write("HTTP/1.1 #{status} -\r\nContent-Type: #{type}\r\nContent-Length: #{body.bytesize}\r\nConnection: close\r\n\r\n", body)
    client.close
  end
end
