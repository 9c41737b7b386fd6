#include "rooms.hpp"

#include <arpa/inet.h>
#include <csignal>
#include <ctime>
#include <iostream>
#include <netinet/in.h>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace {

using Rooms = std::map<std::string, Room>;

void respond(int client, std::string_view status, const std::string &body)
{
    std::string answer = "HTTP/1.1 ";
    answer.append(status).append("\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ");
    answer += std::to_string(body.size()) + "\r\n\r\n" + body;
    if (send(client, answer.data(), answer.size(), MSG_NOSIGNAL) < 0)
        std::cerr << "the client is gone\n";
}

/// Daylight saving or not: the offset of the zone at a moment of summer.
std::string summer_zone()
{
    std::tm july{};
    july.tm_year = 126;
    july.tm_mon = 6;
    july.tm_mday = 1;
    july.tm_isdst = -1;
    const std::time_t moment = std::mktime(&july);
    char text[64];
    std::strftime(text, sizeof text, "%Z %z", std::localtime(&moment));
    return text;
}

void serve(int client, const Rooms &rooms)
{
    char buffer[4096];
    const ssize_t got = recv(client, buffer, sizeof buffer, 0);
    const std::string_view request(buffer, got > 0 ? static_cast<std::size_t>(got) : 0);
    const auto from = request.find(' ') + 1;
    const std::string path(request.substr(from, request.find(' ', from) - from));
    if (path == "/healthz") {
        respond(client, "200 OK", "{\"rooms\": " + std::to_string(rooms.size()) + "}");
    } else if (path == "/zone") {
        respond(client, "200 OK", "{\"summer\": \"" + summer_zone() + "\"}");
    } else if (const auto found = rooms.find(path.substr(1)); found != rooms.end()) {
        respond(client, "200 OK", as_json(found->second));
    } else {
        respond(client, "404 Not Found", "{\"error\": \"no such room\"}");
    }
    close(client);
}

} // namespace

int main(int count, char **words)
{
    std::string file = "rooms.csv";
    int port = 8080;
    for (int i = 1; i + 1 < count; i += 2) {
        if (std::string_view(words[i]) == "--rooms")
            file = words[i + 1];
        else if (std::string_view(words[i]) == "--port")
            port = std::stoi(words[i + 1]);
    }
    const Rooms rooms = read_rooms(file);
    const int server = socket(AF_INET, SOCK_STREAM, 0);
    const int yes = 1;
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    if (bind(server, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0 || listen(server, 16) != 0) {
        std::cerr << "port " << port << " is taken\n";
        return 1;
    }
    std::signal(SIGTERM, [](int) { _exit(0); });
    std::cout << rooms.size() << " rooms" << std::endl;
    for (;;) {
        const int client = accept(server, nullptr, nullptr);
        if (client >= 0)
            std::thread(serve, client, std::cref(rooms)).detach();
    }
}
