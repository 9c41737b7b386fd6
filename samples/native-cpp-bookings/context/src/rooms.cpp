#include "rooms.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

std::map<std::string, Room> read_rooms(const std::string &path)
{
    std::ifstream file(path);
    if (!file)
        throw std::runtime_error("cannot read " + path);
    std::map<std::string, Room> rooms;
    for (std::string line; std::getline(file, line);) {
        std::istringstream fields(line);
        Room room;
        std::string seats;
        std::getline(fields, room.name, ',');
        std::getline(fields, seats, ',');
        std::getline(fields, room.opens, ',');
        room.seats = std::stoi(seats);
        rooms.emplace(room.name, room);
    }
    return rooms;
}

std::string as_json(const Room &room)
{
    std::ostringstream text;
    text << "{\"name\": \"" << room.name << "\", \"seats\": " << room.seats << ", \"opens\": \"" << room.opens << "\"}";
    return text.str();
}
