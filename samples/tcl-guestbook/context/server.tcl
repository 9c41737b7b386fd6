# A guest book over HTTP: / lists the names, /sign?name=X adds one, /health says that it runs
set guests {}
set file [open greeting.txt]
set greeting [string trim [read $file]]
close $file

proc answer {channel status text} {
    puts -nonewline $channel "HTTP/1.0 $status\r\nContent-Type: text/plain; charset=utf-8\r\n"
    puts -nonewline $channel "Content-Length: [string length $text]\r\nConnection: close\r\n\r\n$text"
    close $channel
}

proc serve {channel address port} {
    fconfigure $channel -translation binary -buffering full
    fileevent $channel readable [list request $channel]
}

proc request {channel} {
    global guests greeting
    if {[gets $channel line] < 0} { close $channel; return }
    set path [lindex [split $line] 1]
    while {[gets $channel header] > 0 && $header ne "\r"} {}
    if {$path eq "/"} {
        answer $channel "200 OK" "$greeting\n[join $guests \n]\n"
    } elseif {$path eq "/health"} {
        answer $channel "200 OK" "ok\n"
    } elseif {[regexp {^/sign\?name=(\w+)$} $path -> name]} {
        lappend guests $name
        set note [open signed.txt a]
        puts $note $name
        close $note
        answer $channel "200 OK" "$name signed\n"
    } else {
        answer $channel "404 Not Found" "no such page\n"
    }
}

socket -server serve $env(PORT)
vwait forever
