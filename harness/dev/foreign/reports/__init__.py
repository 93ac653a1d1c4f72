"""The reports, a module for each place where things go wrong; a report is a function marked with `reported`."""
