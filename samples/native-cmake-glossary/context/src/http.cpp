#include "http.hpp"

#include <cerrno>
#include <cstring>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <netinet/in.h>
#include <thread>
#include <unistd.h>
#include <zlib.h>

namespace {

std::string gzip(const std::string &text)
{
    z_stream stream{};
    if (deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::runtime_error("zlib");
    std::string out(deflateBound(&stream, text.size()) + 32, '\0');
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(text.data()));
    stream.avail_in = text.size();
    stream.next_out = reinterpret_cast<Bytef *>(out.data());
    stream.avail_out = out.size();
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

void answer(int client, const std::function<Answer(const std::string &)> &handler)
{
    std::string request(8192, '\0');
    const ssize_t count = recv(client, request.data(), request.size(), 0);
    if (count > 0) {
        request.resize(count);
        const auto from = request.find(' ') + 1, to = request.find(' ', from);
        Answer made;
        try {
            made = handler(request.substr(from, to - from));
        } catch (const std::exception &error) {
            made = {500, std::string(error.what()) + "\n"};
        }
        std::string head = "HTTP/1.1 " + std::to_string(made.status) + (made.status == 200 ? " OK" : " Error") +
                           "\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n";
        if (request.find("gzip") != std::string::npos) {
            made.body = gzip(made.body);
            head += "Content-Encoding: gzip\r\n";
        }
        const std::string all = head + "Content-Length: " + std::to_string(made.body.size()) + "\r\n\r\n" + made.body;
        for (size_t sent = 0; sent < all.size();) {
            const ssize_t n = send(client, all.data() + sent, all.size() - sent, MSG_NOSIGNAL);
            if (n <= 0)
                break;
            sent += n;
        }
    }
    close(client);
}

}  // namespace

void serve(int port, const std::atomic<bool> &ended, const std::function<Answer(const std::string &)> &handler)
{
    const int server = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    if (bind(server, reinterpret_cast<sockaddr *>(&address), sizeof address) || listen(server, 64))
        throw std::runtime_error(std::string("listen: ") + std::strerror(errno));
    pollfd wait{server, POLLIN, 0};
    while (!ended)
        if (poll(&wait, 1, 200) > 0)
            std::jthread([client = accept(server, nullptr, nullptr), &handler] { answer(client, handler); }).detach();
    close(server);
}
