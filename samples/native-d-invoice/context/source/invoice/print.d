module invoice.print;

import std.array : appender;
import std.format : format, formattedWrite;

import invoice.order;

private string euros(long cents)
{
    return format!"%d.%02d EUR"(cents / 100, cents % 100);
}

string printed(const Order order)
{
    auto text = appender!string;
    text.formattedWrite!"Invoice %s for %s\n\n"(order.number, order.customer);
    foreach (line; order.lines)
        text.formattedWrite!"%3d x %-24s %12s\n"(line.count, line.article, euros(line.total));
    text.formattedWrite!"\n%42s\n"(euros(order.total));
    return text.data;
}
