"""Reports, each read as what reads it would: a browser, a SARIF schema, a Markdown parser."""
