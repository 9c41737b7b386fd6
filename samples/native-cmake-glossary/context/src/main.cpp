#include "glossary.hpp"
#include "http.hpp"
#include "version.hpp"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <unistd.h>

namespace {

std::atomic<bool> ended;

void end(int) { ended = true; }

}  // namespace

int main(int argc, char **argv)
{
    const std::string first = argc > 1 ? argv[1] : "";
    if (first == "--version") {
        std::cout << "glossaryd " << VERSION << '\n';
        return 0;
    }
    const bool check = first == "--check";
    const std::string path = check && argc > 2 ? argv[2] : !first.empty() && !check ? first : "data/glossary.yaml";
    try {
        const Glossary glossary(path);
        std::cerr << glossary.size() << " entries\n";
        if (check)
            return glossary.size() ? 0 : 1;
        // The container's way to end it, see STOPSIGNAL
        std::signal(SIGQUIT, end);
        const char *port = std::getenv("GLOSSARY_PORT");
        serve(port ? std::atoi(port) : 8080, ended, [&](const std::string &target) -> Answer {
            if (target == "/")
                return {200, glossary.all()};
            if (target == "/about")
                return {200, std::string("glossaryd ") + VERSION + ", uid " + std::to_string(getuid()) + ", in " +
                                 std::filesystem::current_path().string() + "\n"};
            if (target.starts_with("/search?"))
                return {200, glossary.search(target.substr(8))};
            return {404, "not found\n"};
        });
        std::cerr << "ended\n";
    } catch (const std::exception &error) {
        std::cerr << "glossaryd: " << error.what() << '\n';
        return 2;
    }
}
