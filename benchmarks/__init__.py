"""Speed and memory against a textbook implementation; `make bench` runs it."""
