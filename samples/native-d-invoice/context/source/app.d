import std.file : readText;
import std.json : parseJSON;
import std.stdio : stderr, write;

import invoice.order;
import invoice.print;

int main(string[] arguments)
{
    if (arguments.length != 2)
    {
        stderr.writeln("usage: invoice ORDER.json");
        return 2;
    }
    write(printed(order(parseJSON(readText(arguments[1])))));
    return 0;
}
