require "mkmf"

create_makefile("moonage/moonage")
