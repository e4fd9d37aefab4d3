"""The parts of the page, one a file: `section(search)` returns a `Section`, or None without one."""
