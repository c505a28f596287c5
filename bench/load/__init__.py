"""Load over HTTP, from a program that is made for it."""
