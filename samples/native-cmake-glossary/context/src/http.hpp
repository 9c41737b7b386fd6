#pragma once
#include <atomic>
#include <functional>
#include <string>

struct Answer {
    int status = 200;
    std::string body;
};

/// Serves GET until `ended`; bodies are compressed for clients that ask for gzip.
void serve(int port, const std::atomic<bool> &ended, const std::function<Answer(const std::string &target)> &handler);
