const std = @import("std");
const journal = @import("journal.zig");

pub fn main() !u8 {
    var arena = std.heap.ArenaAllocator.init(std.heap.page_allocator);
    defer arena.deinit();
    const allocator = arena.allocator();

    const arguments = try std.process.argsAlloc(allocator);
    if (arguments.len != 2) {
        std.debug.print("usage: ledger JOURNAL\n", .{});
        return 2;
    }
    const text = try std.fs.cwd().readFileAlloc(allocator, arguments[1], 1 << 20);
    const accounts = try journal.balances(allocator, text);

    const out = std.io.getStdOut().writer();
    var total: i64 = 0;
    for (accounts) |account| {
        try out.print("{s: <16}{d: >10}\n", .{ account.name, account.cents });
        total += account.cents;
    }
    if (total != 0) {
        try out.print("off by {d}\n", .{total});
        return 1;
    }
    try out.print("balanced\n", .{});
    return 0;
}
