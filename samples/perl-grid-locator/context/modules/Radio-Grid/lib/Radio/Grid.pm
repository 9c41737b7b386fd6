package Radio::Grid;

use strict;
use warnings;
use Exporter 'import';
use XSLoader;

our $VERSION   = '0.04';
our @EXPORT_OK = qw(grid_of point_of distance);

XSLoader::load(__PACKAGE__, $VERSION);

# The middle of a square, as (latitude, longitude)
sub point_of {
    my ($grid) = @_;
    my ($field, $square, $part) = $grid =~ /^([A-R]{2})(\d{2})([a-x]{2})$/
        or die "no grid square: $grid\n";
    my @point = map {
        my $index = 1 - $_;
        (ord(substr $field, $index, 1) - ord 'A') * 10
            + substr($square, $index, 1)
            + (ord(substr $part, $index, 1) - ord('a') + 0.5) / 24
    } 0, 1;
    return ($point[0] - 90, $point[1] * 2 - 180);
}

1;

__END__

=head1 NAME

Radio::Grid - grid squares that radio amateurs say instead of coordinates

=cut
