"""What helps people to describe a new dataset or indicator."""
