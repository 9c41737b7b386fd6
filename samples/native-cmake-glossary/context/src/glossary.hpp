#pragma once
#include <map>
#include <string>
#include <vector>

struct Entry {
    std::string text;
    std::vector<std::string> see;
};

class Glossary {
public:
    /// Throws std::runtime_error with the file's name when it cannot be read.
    explicit Glossary(const std::string &path);

    [[nodiscard]] std::string all() const;
    [[nodiscard]] std::string search(const std::string &part) const;
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

private:
    std::map<std::string, Entry> entries_;
};
