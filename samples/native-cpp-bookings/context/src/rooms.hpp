#pragma once

#include <map>
#include <string>

struct Room {
    std::string name;
    int seats = 0;
    std::string opens;
};

/// The rooms of a file with lines as `attic,12,08:30`, by name.
std::map<std::string, Room> read_rooms(const std::string &path);

std::string as_json(const Room &room);
