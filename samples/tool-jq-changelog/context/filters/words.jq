def title: .[0:1] as $first | ($first | ascii_upcase) + .[1:];
def sentence: gsub("\\s+"; " ") | sub("\\.?$"; "");
