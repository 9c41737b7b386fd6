using Dates
using Yields

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

rounded(x) = string(round(x; digits = 2))

function main(arguments)
    all = rows(joinpath(@__DIR__, "..", "data", "picked.csv"))
    wanted = isempty(arguments) ? sort(unique(r.fruit for r in all)) : arguments
    println(length(all), " rows, read by Julia ", VERSION)
    for fruit in wanted
        own = filter(r -> r.fruit == fruit, all)
        if length(own) < 2
            println(stderr, "nothing was picked of ", fruit)
            return 1
        end
        slope, next, off = trend([r.year for r in own], [r.crates for r in own])
        println(fruit, ": ", rounded(slope), " crates more each year, ", rounded(next), " the next, ", rounded(off), " off")
    end
    ready = Date(2000) + Year(90)
    println(grafts(90), " trees on ", Dates.format(ready, "d U yyyy"))
    return 0
end

exit(main(ARGS))
