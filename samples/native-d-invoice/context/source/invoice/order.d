module invoice.order;

import std.algorithm : map, sum;
import std.array : array;
import std.json : JSONValue;

struct Line
{
    string article;
    long count;
    long cents;

    long total() const
    {
        return count * cents;
    }
}

struct Order
{
    string number;
    string customer;
    Line[] lines;

    long total() const
    {
        return lines.map!(line => line.total).sum;
    }
}

Order order(JSONValue json)
{
    auto lines = json["lines"].array.map!(line => Line(line["article"].str, line["count"].integer, line["cents"].integer));
    return Order(json["number"].str, json["customer"].str, lines.array);
}
