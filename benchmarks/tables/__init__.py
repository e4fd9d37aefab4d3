"""docs/benchmarks.md, made from the files `benchmarks/*.json`: no figure is copied by hand."""
