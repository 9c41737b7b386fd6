const std = @import("std");

pub const Account = struct { name: []const u8, cents: i64 };

/// Lines as `from to cents`; the accounts in the order of their names.
pub fn balances(allocator: std.mem.Allocator, text: []const u8) ![]Account {
    var sums = std.StringArrayHashMap(i64).init(allocator);
    var lines = std.mem.tokenizeScalar(u8, text, '\n');
    while (lines.next()) |line| {
        if (line[0] == '#') continue;
        var words = std.mem.tokenizeScalar(u8, line, ' ');
        const from = words.next() orelse return error.Malformed;
        const to = words.next() orelse return error.Malformed;
        const cents = try std.fmt.parseInt(i64, words.next() orelse return error.Malformed, 10);
        try add(&sums, from, -cents);
        try add(&sums, to, cents);
    }
    var found = std.ArrayList(Account).init(allocator);
    for (sums.keys(), sums.values()) |name, sum| try found.append(.{ .name = name, .cents = sum });
    std.mem.sort(Account, found.items, {}, byName);
    return found.items;
}

fn add(sums: *std.StringArrayHashMap(i64), name: []const u8, cents: i64) !void {
    const entry = try sums.getOrPutValue(name, 0);
    entry.value_ptr.* += cents;
}

fn byName(_: void, a: Account, b: Account) bool {
    return std.mem.lessThan(u8, a.name, b.name);
}

test "what one account gives another gets" {
    const found = try balances(std.testing.allocator, "a b 5\n");
    defer std.testing.allocator.free(found);
    try std.testing.expectEqual(@as(i64, -5), found[0].cents);
}
