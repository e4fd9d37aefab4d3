"""The graph check, and the exports of a graph."""
