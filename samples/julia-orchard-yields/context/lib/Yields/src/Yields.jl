"What an orchard bears: lines through the years, and how many trees grafting makes."
module Yields

using LinearAlgebra

export trend, grafts

"""
    trend(years, crates)

The line through what was picked, by least squares: its slope and what it says of next year.
"""
function trend(years::Vector{Float64}, crates::Vector{Float64})
    middle = sum(years) / length(years)
    matrix = [ones(length(years)) (years .- middle)]
    level, slope = qr(matrix) \ crates
    return slope, level + slope * (maximum(years) + 1 - middle), norm(matrix * [level, slope] - crates)
end

"One tree gives three each year; none dies."
grafts(years::Integer) = big(4)^years

end
