use v5.36;

use IO::Socket::IP;
use JSON::PP;
use Locator::Page;
use Net::SSLeay;
use Radio::Grid qw(grid_of point_of distance);

$| = 1;
my $json = JSON::PP->new->canonical;

my %pages = (
    '/'     => sub { ('text/html; charset=utf-8', Locator::Page::front()) },
    '/grid' => sub ($asked) { said(grid => grid_of($asked->{lat}, $asked->{lon})) },
    '/point' => sub ($asked) {
        my ($lat, $lon) = point_of($asked->{grid});
        said(lat => rounded($lat), lon => rounded($lon));
    },
    '/distance' => sub ($asked) {
        said(kilometres => int distance(point_of($asked->{from}), point_of($asked->{to})));
    },
    '/versions' => sub ($) { said(perl => "$^V", tls => Net::SSLeay::SSLeay_version(0), grid => Radio::Grid->VERSION) },
);

sub said (%facts) { return ('application/json', $json->encode(\%facts) . "\n") }

sub rounded ($number) { return sprintf '%.4f', $number }

sub answer ($target) {
    my ($path, $query) = split /\?/, $target, 2;
    my %asked = map { split /=/, $_, 2 } split /&/, $query // '';
    my $page = $pages{$path} or return (404, 'text/plain', "no such page\n");
    my @found = eval { $page->(\%asked) } or return (400, 'text/plain', $@);
    return (200, @found);
}

my $server = IO::Socket::IP->new(LocalHost => '0.0.0.0', LocalPort => $ENV{PORT}, Listen => 16, ReuseAddr => 1)
    or die "cannot listen on $ENV{PORT}: $@";
$SIG{TERM} = sub { exit 0 };
say 'listens on ', $ENV{PORT}, ' as ', scalar getpwuid $>;
while (my $client = $server->accept) {
    my ($target) = (<$client> // '') =~ m{^GET (\S+)};
    while (my $line = <$client>) { last if $line =~ /^\r?$/ }
    my ($status, $type, $body) = answer($target // '/none');
    print {$client} "HTTP/1.1 $status OK\r\nContent-Type: $type\r\nContent-Length: ", length $body,
        "\r\nConnection: close\r\n\r\n", $body;
    close $client;
}
