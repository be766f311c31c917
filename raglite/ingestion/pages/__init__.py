"""What stands where on a page: lines, columns, tables, headings, and the statements among them."""
