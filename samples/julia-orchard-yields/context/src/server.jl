using Dates
using Sockets
using Yields

const PORT = 18089

struct Row
    fruit::String
    year::Float64
    crates::Float64
end

function rows(path)
    found = Row[]
    for line in eachline(path)
        m = match(r"^(?<fruit>[[:alpha:]]+)\s*;\s*(?<year>\d{4})\s*;\s*(?<crates>\d+)$", line)
        m === nothing || push!(found, Row(m[:fruit], parse(Float64, m[:year]), parse(Float64, m[:crates])))
    end
    return found
end

const ROWS = rows(joinpath(@__DIR__, "..", "data", "picked.csv"))

asked(target, name) = (m = match(Regex("[?&]$name=(\\w+)"), target); m === nothing ? "" : String(m[1]))

rounded(x) = string(round(x; digits = 2))

function answer(target)
    path = first(split(target, '?'))
    if path == "/"
        return 200, "$(length(ROWS)) rows of $(join(sort(unique(r.fruit for r in ROWS)), ", ")), Julia $VERSION\n"
    elseif path == "/trend"
        own = filter(r -> r.fruit == asked(target, "rows"), ROWS)
        length(own) < 2 && return 404, "nothing was picked of that\n"
        slope, next, off = trend([r.year for r in own], [r.crates for r in own])
        return 200, "$(rounded(slope)) crates more each year, $(rounded(next)) the next, $(rounded(off)) off\n"
    elseif path == "/grafts"
        years = parse(Int, asked(target, "years"))
        return 200, "$(grafts(years)) trees on $(Dates.format(Date(2000) + Year(years), "d U yyyy"))\n"
    end
    return 404, "not here\n"
end

function serve(connection)
    line = readline(connection)
    while !isempty(readline(connection))
    end
    status, text = try
        answer(split(line)[2])
    catch problem
        500, "$(typeof(problem))\n"
    end
    head = "HTTP/1.1 $status $(status == 200 ? "OK" : "No")\r\nContent-Type: text/plain; charset=utf-8\r\n"
    write(connection, head, "Content-Length: $(sizeof(text))\r\nConnection: close\r\n\r\n", text)
    close(connection)
end

function main()
    server = listen(IPv4(0), PORT)
    println("the orchard answers on port ", PORT)
    while true
        connection = accept(server)
        @async serve(connection)
    end
end

main()
