"""Pages of docs/ that are made from the code, a module each with PAGE and page(). `make reference` writes them all."""
