package Locator::Page;

use v5.36;
use Encode qw(encode);
use File::Spec::Functions qw(catfile);
use FindBin;

sub front {
    open my $file, '<:encoding(UTF-8)', catfile($FindBin::Bin, 'share', 'front.html') or die "front.html: $!";
    local $/;
    my $html = <$file>;
    $html =~ s/\{\{ version \}\}/Radio::Grid->VERSION/e;
    return encode('UTF-8', $html);
}

1;
