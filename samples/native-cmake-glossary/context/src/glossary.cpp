#include "glossary.hpp"

#include <sstream>
#include <stdexcept>

#include <yaml-cpp/yaml.h>

namespace {

std::string line(const std::string &name, const Entry &entry)
{
    std::ostringstream out;
    out << name << ": " << entry.text;
    for (const auto &other : entry.see)
        out << " → " << other;
    out << '\n';
    return out.str();
}

}  // namespace

Glossary::Glossary(const std::string &path)
{
    try {
        for (const auto &pair : YAML::LoadFile(path)) {
            Entry entry{pair.second["text"].as<std::string>(), {}};
            for (const auto &other : pair.second["see"])
                entry.see.push_back(other.as<std::string>());
            entries_.emplace(pair.first.as<std::string>(), std::move(entry));
        }
    } catch (const YAML::Exception &error) {
        throw std::runtime_error(path + ": " + error.what());
    }
}

std::string Glossary::all() const
{
    std::string out;
    for (const auto &[name, entry] : entries_)
        out += line(name, entry);
    return out;
}

std::string Glossary::search(const std::string &part) const
{
    std::string out;
    for (const auto &[name, entry] : entries_)
        if (name.find(part) != std::string::npos || entry.text.find(part) != std::string::npos)
            out += line(name, entry);
    return out;
}
