require "date"
require "moonage/moonage"

module Moonage
  NEW_MOON = Date.new(2000, 1, 6)

  def self.on(date)
    age((date - NEW_MOON).to_f)
  end
end
