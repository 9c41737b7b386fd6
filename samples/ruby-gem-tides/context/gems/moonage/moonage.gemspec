Gem::Specification.new do |spec|
  spec.name = "moonage"
  spec.version = "1.2.0"
  spec.summary = "How old the moon is"
  spec.authors = ["The harbour office"]
  spec.license = "MIT"
  spec.homepage = "https://harbour.example"
  spec.required_ruby_version = ">= 3.0"
  spec.files = Dir["lib/**/*.rb", "ext/**/*.{c,rb}", "exe/*"]
  spec.extensions = ["ext/moonage/extconf.rb"]
  spec.bindir = "exe"
  spec.executables = ["moonage"]
end
